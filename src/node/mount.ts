import type { ConnectionOf, SendsOf, Websockets } from '../core/definition.ts';
import { Endpoint } from '../core/endpoint.ts';
import type { EndpointHandle } from '../core/endpoint_handle.ts';
import { WebsocketsError } from '../core/errors.ts';
import type { KnownKeys } from '../core/known_keys.ts';
import { type MountOptions, type ParsedMount, parse_mount } from '../core/mount_option.ts';
import { MAX_SECONDS } from '../core/option.ts';
import { Outbox } from '../core/outbox.ts';
import { describe } from '../core/problems.ts';
import { cut_all, shut_down } from '../core/shutdown.ts';
import { node_clock, node_turn } from './clock.ts';
import { add_local_mount, endpoint_of, remove_local_mount } from './local_mounts.ts';
import { ServerUpgrades, type UpgradeServer } from './server_upgrades.ts';
import { Upgrader } from './upgrade.ts';

export interface CloseOptions {
  /**
   * How long connections have, in all, to end by themselves before they are cut. 0 cuts at
   * once. Where `close` is called again, the earlier end counts.
   *
   * @default 5
   */
  grace_in_seconds?: number | undefined;
}

/** Endpoints that are served on a server. */
export interface MountedWebsockets<W = any> {
  /** Resolves once the endpoints are reachable; never rejects. */
  readonly ready: Promise<void>;
  /** @throws {WebsocketsError} `unknown_endpoint`, where the mount declares no such name. */
  endpoint<Name extends keyof W & string>(
    name: Name,
  ): EndpointHandle<SendsOf<W[Name]>, ConnectionOf<W[Name]>>;
  /**
   * Refuses new clients with 503, closes those connected with 1012, and handles what they had
   * already sent. Resolves when nothing of the mount is left. Comes before the server's own
   * `close()`, which waits for every connection.
   */
  close(options?: CloseOptions): Promise<void>;
}

export const DEFAULT_GRACE_IN_SECONDS = 5;

/**
 * Serves endpoints on the upgrade handler of an HTTP server, beside whatever else it serves.
 *
 * @param server a `http.Server` or `https.Server`, listening or not; what a framework's `listen` returned.
 * @throws {WebsocketsError} `bad_option`, with every problem, or `path_in_use`, before anything is hooked.
 */
export function mount_websockets<W extends Websockets>(
  server: UpgradeServer,
  websockets: W & KnownKeys<W>,
  options?: MountOptions,
): MountedWebsockets<W> {
  return mount_parsed(check_server(server), parse_mount(websockets, options));
}

/** As {@link mount_websockets}, for what is already parsed. */
export function mount_parsed<W>(server: UpgradeServer, parsed: ParsedMount): MountedWebsockets<W> {
  const { path, allowed_origins, trust, logger } = parsed;
  const surroundings = {
    outbox: new Outbox(node_turn),
    clock: node_clock,
    logger,
    checks_sends: process.env.NODE_ENV !== 'production',
  };
  const endpoints = new Map<string, Endpoint>();
  for (const [name, definition] of parsed.websockets) {
    endpoints.set(name, new Endpoint(definition, surroundings));
  }
  const gate = { path, endpoints, allowed_origins, is_closing: false };
  const upgrader = new Upgrader(gate, trust, logger);
  const unhook = ServerUpgrades.add(server, path, (request, stream, head) =>
    upgrader.handle(request, stream, head),
  );
  add_local_mount(endpoints);

  const close_once = async () => {
    gate.is_closing = true;
    await Promise.all([upgrader.close(), shut_down(endpoints.values())]);
    remove_local_mount(endpoints);
    await unhook();
  };
  const cut = () => {
    upgrader.cut();
    cut_all(endpoints.values());
  };
  let closed: Promise<void> | undefined;
  return {
    ready: Promise.resolve(),
    endpoint: (name) => endpoint_of(endpoints, name),
    async close({ grace_in_seconds = DEFAULT_GRACE_IN_SECONDS } = {}) {
      check_grace(grace_in_seconds);
      closed ??= close_once();
      const cancel = node_clock.after(grace_in_seconds * 1000, cut);
      await closed;
      cancel();
    },
  };
}

/** @throws {WebsocketsError} `bad_argument`, unless it is a number of seconds. */
export function check_grace(seconds: unknown): void {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_SECONDS) return;
  throw new WebsocketsError(
    'bad_argument',
    `grace_in_seconds must be a number from 0 to ${MAX_SECONDS}; it is ${describe(seconds)}`,
    { argument: 'grace_in_seconds' },
  );
}

function check_server(server: UpgradeServer): UpgradeServer {
  // By structure: a framework may bundle a server class of its own. express() itself has `listen` and `on`, too.
  if (typeof server?.on === 'function' && typeof server.listening === 'boolean') return server;
  throw new WebsocketsError(
    'bad_argument',
    'mount_websockets needs an HTTP server as its first argument: what app.listen() or http.createServer() ' +
      'returned, not the application itself',
    { argument: 'server' },
  );
}
