import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebsocketsError } from '../core/errors.ts';
import { is_under, is_websocket_upgrade, path_of } from '../core/gate.ts';
import { process_registry, type UpgradeRouter } from '../core/process_registry.ts';
import { nothing_at } from '../core/refusal.ts';
import { node_clock } from './clock.ts';
import { intercept_event } from './intercept_event.ts';
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

/** How long other listeners have to take an upgrade that is not ours. */
const OTHERS_WAIT_IN_MILLISECONDS = 5000;

/**
 * The upgrades of one server, however many mounts it has, and however many copies of the package made them.
 * Upgrades on a path of a mount are taken before any listener sees them. Our own listener makes Node hand upgrades over
 * at all, and answers those that belong to nobody.
 */
export class ServerUpgrades implements UpgradeRouter {
  readonly #server: UpgradeServer;
  readonly #mounts = new Map<string, HandleUpgrade>();
  /** Upgrades that others may take, and what settles each. */
  readonly #waiting = new Map<Duplex, () => void>();
  readonly #refused = new RefusedClients();
  readonly #on_upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!this.#take(request, stream, head)) this.#leave_to_others(request, stream, head);
  };
  #stop_watching: (() => void) | undefined;
  #stop_intercepting: (() => void) | undefined;

  private constructor(server: UpgradeServer) {
    this.#server = server;
  }

  static of(server: UpgradeServer): UpgradeRouter {
    return process_registry.upgrades.get(server) ?? new ServerUpgrades(server);
  }

  add(path: string, handle: HandleUpgrade): () => Promise<void> {
    if (this.#mounts.has(path)) {
      throw new WebsocketsError(
        'path_in_use',
        `another mount already serves ${path || '/'} on this server; close it first, or pass another options.path`,
        { path },
      );
    }
    this.#mounts.set(path, handle);
    if (this.#mounts.size === 1) this.#hook();
    return async () => {
      this.#mounts.delete(path);
      if (this.#mounts.size === 0) await this.#unhook();
    };
  }

  #hook(): void {
    process_registry.upgrades.set(this.#server, this);
    this.#server.on('upgrade', this.#on_upgrade);
    this.#stop_intercepting = intercept_event(
      this.#server,
      'upgrade',
      (request: IncomingMessage, stream: Duplex, head: Buffer) => this.#take(request, stream, head),
    );
    this.#stop_watching = watch_responses();
  }

  #unhook(): Promise<void> {
    process_registry.upgrades.delete(this.#server);
    this.#stop_intercepting?.();
    this.#server.removeListener('upgrade', this.#on_upgrade);
    this.#stop_watching?.();
    for (const settle of this.#waiting.values()) settle();
    return this.#refused.emptied();
  }

  /** Handles an upgrade on one of our paths; returns whether it was one. */
  #take(request: IncomingMessage, stream: Duplex, head: Buffer): boolean {
    const handle = this.#find_mount(path_of(request.url ?? ''));
    if (handle === undefined) return false;
    // The response would be written into the open WebSocket.
    if (owes_response(stream)) stream.destroy();
    else if (is_websocket_upgrade(request.headers)) handle(request, stream, head);
    else return_as_request(this.#server, request, stream as Socket, head);
    return true;
  }

  #leave_to_others(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (owes_response(stream)) stream.destroy();
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
    return this.#server.listeners('upgrade').every((listener) => listener === this.#on_upgrade);
  }

  /** Has the server answer an upgrade that belongs to nobody as the plain request that it also is. */
  #decline(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const is_answered =
      this.#server.listenerCount('request') > 0 || !is_websocket_upgrade(request.headers);
    if (is_answered) return_as_request(this.#server, request, stream as Socket, head);
    else this.#refused.refuse(stream, nothing_at(path_of(request.url ?? '')));
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
