import node_buffer from 'node:buffer';
import { WebsocketsError } from '../core/base/errors.ts';
import type { ConnectionOf, SendsOf, Websockets } from '../core/declare/definition.ts';
import type { KnownKeys } from '../core/declare/known_keys.ts';
import type { EndpointHandle } from '../core/endpoint/endpoint_handle.ts';
import { endpoint_of } from '../core/endpoint/local_mounts.ts';
import { Mount, type MountStats } from '../core/mount/mount.ts';
import { type CloseOptions, create_mount_close } from '../core/mount/shutdown.ts';
import { type MountOptions, type ParsedMount, parse_mount } from '../core/options/mount_option.ts';
import { node_clock, node_turn } from './process/clock.ts';
import { node_events } from './process/events.ts';
import { check_not_bun } from './process/runtime.ts';
import { ServerUpgrades, type UpgradeServer } from './upgrade/server_upgrades.ts';
import { Upgrader } from './upgrade/upgrade.ts';

/** Endpoints that are mounted on a server. */
export interface MountedWebsockets<W = any> {
  /** Resolves when the broker becomes ready for the first time, or at once without a broker; never rejects. */
  readonly ready: Promise<void>;
  /**
   * Returns a handle for the connections of an endpoint of this mount.
   *
   * @throws {WebsocketsError} `unknown_endpoint`, if the mount does not declare the name.
   */
  endpoint<Name extends keyof W & string>(
    name: Name,
  ): EndpointHandle<SendsOf<W[Name]>, ConnectionOf<W[Name]>>;
  /** Returns counts since the mount was created, and its current state. The cost grows with the number of connections. */
  stats(): MountStats;
  /**
   * Refuses new clients with 503, closes connections with 1012, and handles the messages that their clients have
   * already sent. Resolves when nothing of the mount is left.
   *
   * The server continues to listen. Close the mount first, then call the server's own `close()`, which waits for every
   * connection. Until the server is closed, its request listeners answer new clients. If it has none, new clients are
   * still refused with 503.
   *
   * @throws {WebsocketsError} `bad_argument`, if an option is not a number of seconds. Nothing is closed then.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Serves endpoints through the upgrades of an HTTP server, alongside everything else that the server serves. Until the
 * mount closes, it wraps the `emit` of the server: no other `upgrade` listener sees a request on a path of the mount.
 * Upgrades on other paths go to those listeners. If there are none, the server answers such an upgrade as a plain
 * request.
 *
 * @param server an `http.Server` or `https.Server`, listening or not, for example the result of a framework's `listen`.
 * @throws {WebsocketsError} `bad_option`, with every problem; `path_in_use`; or `unsupported_runtime`
 * under Bun. Nothing is hooked then.
 */
export function mount_websockets<W extends Websockets>(
  server: UpgradeServer,
  websockets: W & KnownKeys<W>,
  options?: MountOptions,
): MountedWebsockets<W> {
  return mount_parsed(check_server(server), parse_mount(websockets, options));
}

/** The same as {@link mount_websockets}, for definitions and options that are already parsed. */
export function mount_parsed<W>(server: UpgradeServer, parsed: ParsedMount): MountedWebsockets<W> {
  check_not_bun();
  const mount = new Mount(parsed, {
    clock: node_clock,
    turn: node_turn,
    events: node_events,
    is_development: process.env.NODE_ENV !== 'production',
    // Not imported by name: on an older Node that lacks it, the import would fail before `runtime.ts` can say why.
    is_utf8: node_buffer.isUtf8,
  });
  const upgrader = new Upgrader(mount, parsed.trust, parsed.logger);
  const hooked = ServerUpgrades.of(server).add(parsed.path, upgrader);
  try {
    mount.join();
  } catch (error) {
    void hooked.remove('undone');
    throw error;
  }
  const entrance = {
    close: () => upgrader.close(),
    cut() {
      upgrader.cut();
      hooked.cut();
    },
  };
  return {
    ready: mount.ready,
    endpoint: (name) => endpoint_of(mount.endpoints, name),
    stats: () => mount.stats(),
    close: create_mount_close(mount, entrance, () => hooked.remove('closed')),
  };
}

function check_server(server: UpgradeServer): UpgradeServer {
  // By structure: a framework may bundle its own server class. An express() application has `listen` and `on`, too.
  if (typeof server?.on === 'function' && typeof server.listening === 'boolean') return server;
  throw new WebsocketsError(
    'bad_argument',
    'the first argument of mount_websockets must be an HTTP server: pass the result of app.listen() or ' +
      'http.createServer(), not the application itself',
    { argument: 'server' },
  );
}
