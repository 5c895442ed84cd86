import type { Refusal } from '../admit/refusal.ts';
import type { ReachableEndpoint } from './endpoint_handle.ts';

/**
 * The version of the data that copies of the package share. A process may contain several copies: bundlers put one
 * into each route, and two dependencies may bring one each. Copies with the same number serve each other's endpoints.
 *
 * Raise the number whenever {@link ProcessRegistry}, an interface that its members name, or the content of `Audience`
 * changes. A copy then no longer touches the objects of an older one.
 */
const REGISTRY_VERSION = 1;

/** The data that all copies of one {@link REGISTRY_VERSION} in this process share. Each copy brings its own code. */
export interface ProcessRegistry {
  /** Every name that a mount has declared so far. Copies of all versions read these names of each other. */
  readonly names: Set<string>;
  /** The endpoints of each live mount, by name. */
  readonly live_mounts: Set<ReadonlyMap<string, ReachableEndpoint>>;
  /** The upgrade router of each server that has a mount. */
  readonly upgrades: WeakMap<object, UpgradeRouter>;
}

/** Routes the upgrades of one server to its mounts. Another copy of the package may have created it. */
export interface UpgradeRouter {
  /**
   * Routes upgrades at or below a path to a handler.
   *
   * @throws {WebsocketsError} `path_in_use`, if another mount serves the path on this server.
   */
  add(path: string, handler: UpgradeHandler): HookedPath;
}

/** The part of a mount that receives the upgrades of its server. */
export interface UpgradeHandler {
  /** Handles an upgrade on a path of the mount: the request, its stream, and the bytes read after the request. */
  handle(...upgrade: any[]): void;
  /** Notes that an upgrade on another path was refused, because no mount or listener serves that path. */
  declined(refusal: Refusal, url: string): void;
}

/** A path of a server that a mount serves. */
export interface HookedPath {
  /**
   * Releases the path, because its mount is closed, or because mounting is undone before the mount has served a client.
   * If this was the server's last mount, resolves when all clients that were refused are gone.
   */
  remove(how: 'closed' | 'undone'): Promise<void>;
  /** Terminates the refused clients that have not disconnected, unless the server has another mount left. */
  cut(): void;
}

type Registries = Record<number, ProcessRegistry>;

const KEY = Symbol.for('joystick-websockets');

const registries = join_registries();

export const process_registry = registries[REGISTRY_VERSION] as ProcessRegistry;

/** Whether a copy of the package with an incompatible version has declared an endpoint of this name. */
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
