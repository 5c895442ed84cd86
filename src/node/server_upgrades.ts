import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebsocketsError } from '../core/errors.ts';
import { is_under, is_websocket_upgrade, path_of } from '../core/gate.ts';
import { CLOSING, nothing_at, type Refusal } from '../core/refusal.ts';
import { node_clock } from './clock.ts';
import { owes_response } from './owed_responses.ts';
import { return_as_request } from './plain_request.ts';
import { ignore_reset, RefusedClients } from './refused_clients.ts';

/**
 * An HTTP server, typed by its structure: that of `node:http`, `node:https` or a framework's own.
 * It is not the application itself, which has `listen` and `on`, too, but no `listening`.
 */
export interface UpgradeServer extends EventEmitter {
  readonly listening: boolean;
}

/** What a mount does about the upgrades of its server. */
interface UpgradeHandler {
  /** Takes one to a path of the mount's. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  /** One to another path was refused, as nobody serves it. */
  declined(refusal: Refusal, url: string): void;
}

/** Why a mount is removed: it has served and is closed, or it is taken back before it has served anybody. */
type Removal = 'closed' | 'undone';

/** How long other listeners have to take an upgrade that is not ours. */
const OTHERS_WAIT_IN_MILLISECONDS = 5000;

const upgrades_of = new WeakMap<UpgradeServer, ServerUpgrades>();
/** Our listeners on any server: an upgrade that nobody else could take need not wait. */
const our_listeners = new WeakSet<object>();

/** The upgrades of one server: one listener, however many mounts. */
export class ServerUpgrades {
  readonly #server: UpgradeServer;
  readonly #mounts = new Map<string, UpgradeHandler>();
  /** Upgrades that others may take, and what settles each. */
  readonly #waiting = new Map<Duplex, () => void>();
  readonly #refused = new RefusedClients();
  /** Whether the last mount is closed, and its path is refused until the server has closed, too. */
  #is_over = false;
  readonly #unhook = () => {
    this.#is_over = false;
    this.#mounts.clear();
    this.#server.removeListener('close', this.#unhook);
    this.#server.removeListener('upgrade', this.#on_upgrade);
    upgrades_of.delete(this.#server);
  };
  readonly #on_upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) =>
    this.#route(request, stream, head);

  private constructor(server: UpgradeServer) {
    this.#server = server;
    our_listeners.add(this.#on_upgrade);
  }

  /**
   * @throws {WebsocketsError} `path_in_use`, where the path of this server is already served.
   * @returns what removes it, and resolves when the clients that were refused have gone.
   */
  static add(
    server: UpgradeServer,
    path: string,
    handler: UpgradeHandler,
  ): (how: Removal) => Promise<void> {
    const upgrades = upgrades_of.get(server) ?? new ServerUpgrades(server);
    upgrades.#hook();
    if (upgrades.#mounts.has(path)) {
      throw new WebsocketsError(
        'path_in_use',
        `another mount already serves ${path || '/'} on this server; close it first, or pass another options.path`,
        { path },
      );
    }
    upgrades.#mounts.set(path, handler);
    return async (how) => {
      const is_last = upgrades.#mounts.size === 1;
      upgrades.#mounts.delete(path);
      if (!is_last) return;
      upgrades.#end(path, how);
      await upgrades.#refused.emptied();
    };
  }

  #hook(): void {
    if (this.#is_over) this.#unhook();
    if (upgrades_of.has(this.#server)) return;
    upgrades_of.set(this.#server, this);
    this.#server.on('upgrade', this.#on_upgrade);
  }

  /** The last mount is removed. */
  #end(path: string, how: Removal): void {
    for (const settle of this.#waiting.values()) settle();
    // Node gives an upgrade that nobody listens for to the request listeners.
    const is_answered_by_host = this.#server.listenerCount('request') > 0 && this.#is_alone();
    if (how === 'undone' || is_answered_by_host) {
      this.#unhook();
      return;
    }
    // Otherwise the clients that come before the server itself has closed would wait for an answer without
    // end, and the server for them. Held by: "until the server has closed, and then leaves nothing".
    this.#is_over = true;
    this.#mounts.set(path, {
      handle: (_request, stream) => this.#refused.refuse(stream, CLOSING),
      declined: () => {},
    });
    this.#server.once('close', this.#unhook);
  }

  #route(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (owes_response(stream)) {
      // The response would be written into the open WebSocket.
      stream.destroy();
      return;
    }
    const handler = is_websocket_upgrade(request.headers)
      ? this.#find_mount(path_of(request.url ?? ''))
      : undefined;
    if (handler !== undefined) handler.handle(request, stream, head);
    else if (this.#is_alone()) this.#decline(request, stream, head);
    else this.#decline_unless_taken(request, stream, head);
  }

  /** The innermost mount whose path this is under. */
  #find_mount(path: string): UpgradeHandler | undefined {
    let found: string | undefined;
    for (const mount_path of this.#mounts.keys()) {
      if (!is_under(mount_path, path)) continue;
      if (found === undefined || mount_path.length > found.length) found = mount_path;
    }
    return found === undefined ? undefined : this.#mounts.get(found);
  }

  #is_alone(): boolean {
    return this.#server.listeners('upgrade').every((listener) => our_listeners.has(listener));
  }

  /** Answers what belongs to nobody. */
  #decline(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (!is_websocket_upgrade(request.headers)) {
      return_as_request(this.#server, request, stream as Socket, head);
      return;
    }
    const { url = '' } = request;
    const refusal = nothing_at(path_of(url));
    // One line in the log is enough, however many mounts there are.
    const [first] = this.#mounts.values();
    first?.declined(refusal, url);
    this.#refused.refuse(stream, refusal);
  }

  #decline_unless_taken(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const written_before = (stream as Socket).bytesWritten;
    const stop = () => {
      cancel();
      this.#waiting.delete(stream);
      stream.removeListener('close', stop);
    };
    const settle = () => {
      stop();
      stream.removeListener('error', ignore_reset);
      if (!is_taken(stream, written_before)) this.#decline(request, stream, head);
    };
    stream.on('error', ignore_reset);
    const cancel = node_clock.after(OTHERS_WAIT_IN_MILLISECONDS, settle);
    stream.once('close', stop);
    this.#waiting.set(stream, settle);
  }
}

/** Whether somebody has written to a socket or reads from it. */
function is_taken(stream: Duplex, written_before: number): boolean {
  return (
    (stream as Socket).bytesWritten !== written_before ||
    stream.listenerCount('data') > 0 ||
    stream.listenerCount('readable') > 0
  );
}
