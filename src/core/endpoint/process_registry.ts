import type { Refusal } from '../admit/refusal.ts';
import type { ReachableEndpoint } from './endpoint_handle.ts';

/**
 * The version of what copies of the package share. A process may hold several copies: bundlers put one into each
 * route, and two dependencies may bring one each. Copies with the same number serve each other's endpoints.
 *
 * Raise it whenever {@link ProcessRegistry} changes, or an interface that its members name, or what `Audience` holds:
 * a copy then no longer touches the objects of an older one.
 */
const REGISTRY_VERSION = 1;

/** What all copies of one {@link REGISTRY_VERSION} in this process share. It holds data; each copy brings its own code. */
export interface ProcessRegistry {
  /** Every name that a mount has declared so far. Copies of all versions read this of each other. */
  readonly names: Set<string>;
  /** The endpoints of each live mount, by their names. */
  readonly live_mounts: Set<ReadonlyMap<string, ReachableEndpoint>>;
  /** What routes the upgrades of each server that has a mount. */
  readonly upgrades: WeakMap<object, UpgradeRouter>;
}

/** What mounts need of the object that routes the upgrades of their server, which another copy may have made. */
export interface UpgradeRouter {
  /**
   * Has upgrades at or below a path handled.
   *
   * @throws {WebsocketsError} `path_in_use`, if another mount serves the path on this server.
   */
  add(path: string, handler: UpgradeHandler): HookedPath;
}

/** What a mount does about the upgrades of its server. */
export interface UpgradeHandler {
  /** Takes an upgrade to a path of the mount's: the request, its stream, and what was read behind the request. */
  handle(...upgrade: any[]): void;
  /** An upgrade to another path was refused, because nobody serves it. */
  declined(refusal: Refusal, url: string): void;
}

/** A path of a server that a mount serves. */
export interface HookedPath {
  /**
   * Gives the path back: its mount has served and is closed, or is taken back before it has served anybody.
   * Resolves once the clients are gone that the server's last mount refused.
   */
  remove(how: 'closed' | 'undone'): Promise<void>;
  /** Cuts the refused clients that linger, unless another mount of the server is left. */
  cut(): void;
}

type Registries = Record<number, ProcessRegistry>;

const KEY = Symbol.for('joystick-websockets');

const registries = join_registries();

export const process_registry = registries[REGISTRY_VERSION] as ProcessRegistry;

/** Whether a copy of the package has declared an endpoint of this name whose version this one cannot use. */
export function is_out_of_reach(name: string): boolean {
  return Object.values(registries).some(
    (registry) => registry !== process_registry && registry.names.has(name),
  );
}

function join_registries(): Registries {
  const shared = globalThis as unknown as { [KEY]?: Registries };
  shared[KEY] ??= {};
  shared[KEY][REGISTRY_VERSION] ??= {
    names: new Set(),
    live_mounts: new Set(),
    upgrades: new WeakMap(),
  };
  return shared[KEY];
}
