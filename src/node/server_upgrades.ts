import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebsocketsError } from '../core/errors.ts';
import { is_under, is_websocket_upgrade, path_of } from '../core/gate.ts';
import { nothing_at } from '../core/refusal.ts';
import { node_clock } from './clock.ts';
import { owes_response, watch_responses } from './owed_responses.ts';
import { return_as_request } from './plain_request.ts';
import { ignore_reset, RefusedClients } from './refused_clients.ts';

/**
 * An HTTP server, typed by its structure: that of `node:http`, `node:https` or a framework's own.
 * It is not the application itself, which has `listen` and `on`, too, but no `listening`.
 */
export interface UpgradeServer extends EventEmitter {
  readonly listening: boolean;
}

type HandleUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/** A path of a server that is ours. */
interface HookedPath {
  /** Gives it back; resolves once the clients that the server's last mount refused are gone. */
  unhook(): Promise<void>;
  /** Cuts the clients that linger after asking for a path of nobody, unless another mount of the server is left. */
  cut(): void;
}

/** How long other listeners have to take an upgrade that is not ours. */
const OTHERS_WAIT_IN_MILLISECONDS = 5000;

const upgrades_of = new WeakMap<UpgradeServer, ServerUpgrades>();
/** Our listeners on any server: an upgrade that nobody else could take need not wait. */
const our_listeners = new WeakSet<object>();

/** The upgrades of one server: one listener, however many mounts. */
export class ServerUpgrades {
  readonly #server: UpgradeServer;
  readonly #mounts = new Map<string, HandleUpgrade>();
  /** Upgrades that others may take, and what settles each. */
  readonly #waiting = new Map<Duplex, () => void>();
  readonly #refused = new RefusedClients();
  readonly #on_upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) =>
    this.#route(request, stream, head);
  #stop_watching: (() => void) | undefined;

  private constructor(server: UpgradeServer) {
    this.#server = server;
    our_listeners.add(this.#on_upgrade);
  }

  /** @throws {WebsocketsError} `path_in_use`, where the path of this server is already served. */
  static add(server: UpgradeServer, path: string, handle: HandleUpgrade): HookedPath {
    const upgrades = upgrades_of.get(server) ?? new ServerUpgrades(server);
    if (upgrades.#mounts.has(path)) {
      throw new WebsocketsError(
        'path_in_use',
        `another mount already serves ${path || '/'} on this server; close it first, or pass another options.path`,
        { path },
      );
    }
    upgrades.#mounts.set(path, handle);
    if (upgrades.#mounts.size === 1) upgrades.#hook();
    let is_cut = false;
    return {
      async unhook() {
        upgrades.#mounts.delete(path);
        if (upgrades.#mounts.size > 0) return;
        if (is_cut) upgrades.#refused.cut();
        await upgrades.#unhook();
      },
      cut() {
        is_cut = true;
        if (upgrades.#mounts.size < 2) upgrades.#refused.cut();
      },
    };
  }

  #hook(): void {
    upgrades_of.set(this.#server, this);
    this.#server.on('upgrade', this.#on_upgrade);
    this.#stop_watching = watch_responses();
  }

  #unhook(): Promise<void> {
    upgrades_of.delete(this.#server);
    this.#server.removeListener('upgrade', this.#on_upgrade);
    this.#stop_watching?.();
    for (const settle of this.#waiting.values()) settle();
    return this.#refused.emptied();
  }

  #route(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (owes_response(stream)) {
      // The response would be written into the open WebSocket.
      stream.destroy();
      return;
    }
    const handle = is_websocket_upgrade(request.headers)
      ? this.#find_mount(path_of(request.url ?? ''))
      : undefined;
    if (handle !== undefined) handle(request, stream, head);
    else if (this.#is_alone()) this.#decline(request, stream, head);
    else this.#decline_unless_taken(request, stream, head);
  }

  /** The innermost mount whose path this is under. */
  #find_mount(path: string): HandleUpgrade | undefined {
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
    this.#refused.refuse(stream, nothing_at(path_of(request.url ?? '')));
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
