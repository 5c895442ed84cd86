import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLOSING, nothing_at } from '../../core/admit/refusal.ts';
import { WebsocketsError } from '../../core/base/errors.ts';
import {
  type HookedPath,
  process_registry,
  type UpgradeHandler,
  type UpgradeRouter,
} from '../../core/endpoint/process_registry.ts';
import { is_under, is_websocket_upgrade, path_of } from '../../core/mount/gate.ts';
import { node_clock } from '../process/clock.ts';
import { intercept_event } from './intercept_event.ts';
import { owes_response } from './owed_responses.ts';
import { return_as_request } from './plain_request.ts';
import { ignore_reset, RefusedClients } from './refused_clients.ts';

/**
 * An HTTP server of `node:http`, `node:https` or a framework, typed by its structure. A framework's application is not
 * a server: it has `listen` and `on`, too, but no `listening`.
 */
export interface UpgradeServer extends EventEmitter {
  readonly listening: boolean;
}

/** How long other listeners have to take an upgrade on a path that no mount serves. */
const OTHERS_WAIT_IN_MILLISECONDS = 5000;

/**
 * Routes the upgrades of one server to its mounts, including mounts of other copies of the package. Upgrades on a path
 * of a mount are taken before any listener sees them. Our own listener is there because Node emits upgrades only if
 * there is a listener. It also answers the upgrades that no mount and no other listener takes.
 */
export class ServerUpgrades implements UpgradeRouter {
  readonly #server: UpgradeServer;
  readonly #mounts = new Map<string, UpgradeHandler>();
  /** The paths of mounts that have closed while the server continues. */
  readonly #closed_paths = new Set<string>();
  /** Upgrades that other listeners may take, each with the function that stops the wait for them. */
  readonly #waiting = new Map<Duplex, () => void>();
  #refused = new RefusedClients();
  /** Whether the server has closed while it had a mount. It may listen again. */
  #has_server_closed = false;
  readonly #on_upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!this.#take(request, stream, head)) this.#leave_to_others(request, stream, head);
  };
  readonly #on_server_closed = () => {
    this.#has_server_closed = true;
    if (this.#mounts.size === 0) this.#unhook();
  };
  #stop_intercepting: (() => void) | undefined;

  private constructor(server: UpgradeServer) {
    this.#server = server;
  }

  static of(server: UpgradeServer): UpgradeRouter {
    return process_registry.upgrades.get(server) ?? new ServerUpgrades(server);
  }

  add(path: string, handler: UpgradeHandler): HookedPath {
    if (this.#mounts.has(path)) {
      throw new WebsocketsError(
        'path_in_use',
        `another mount already serves ${path || '/'} on this server; close it first, or pass another options.path`,
        { path },
      );
    }
    if (this.#mounts.size === 0) this.#hook();
    this.#mounts.set(path, handler);
    this.#closed_paths.delete(path);
    let is_cut = false;
    return {
      remove: async (how) => {
        this.#mounts.delete(path);
        if (how === 'closed') this.#closed_paths.add(path);
        if (this.#mounts.size > 0) return;
        if (is_cut) this.#refused.cut();
        this.#end();
        await this.#refused.emptied();
      },
      cut: () => {
        is_cut = true;
        if (this.#mounts.size < 2) this.#refused.cut();
      },
    };
  }

  /** Called for the first mount. Our listener may still be there from an earlier one. */
  #hook(): void {
    this.#refused = new RefusedClients();
    this.#has_server_closed = false;
    if (!process_registry.upgrades.has(this.#server)) {
      process_registry.upgrades.set(this.#server, this);
      this.#server.on('upgrade', this.#on_upgrade);
      this.#server.on('close', this.#on_server_closed);
    }
    this.#stop_intercepting = intercept_event(
      this.#server,
      'upgrade',
      (request: IncomingMessage, stream: Duplex, head: Buffer) => this.#take(request, stream, head),
    );
  }

  /** Called when no mount is left. */
  #end(): void {
    this.#stop_intercepting?.();
    for (const settle of this.#waiting.values()) settle();
    // Without an 'upgrade' listener, Node passes upgrades to the request listeners.
    const is_answered_by_host = this.#server.listenerCount('request') > 0 && this.#is_alone();
    const is_over = this.#has_server_closed && !this.#server.listening;
    // Otherwise our listener stays until the server has closed. Without it, new clients would wait for an answer
    // forever, and the server would wait for them. Held by: "until the server has closed, and then leaves nothing".
    if (this.#closed_paths.size === 0 || is_answered_by_host || is_over) this.#unhook();
  }

  #unhook(): void {
    process_registry.upgrades.delete(this.#server);
    this.#server.removeListener('close', this.#on_server_closed);
    this.#server.removeListener('upgrade', this.#on_upgrade);
    this.#closed_paths.clear();
  }

  /** Handles an upgrade on a path of a mount. Returns whether it was one. */
  #take(request: IncomingMessage, stream: Duplex, head: Buffer): boolean {
    const path = find_innermost(this.#mounts.keys(), path_of(request.url ?? ''));
    if (path === undefined) return false;
    // Otherwise, Node would write its response to an earlier request into the open WebSocket.
    if (owes_response(stream)) stream.destroy();
    else if (is_websocket_upgrade(request.headers)) {
      this.#mounts.get(path)?.handle(request, stream, head);
    } else return_as_request(this.#server, request, stream as Socket, head);
    return true;
  }

  #leave_to_others(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    if (owes_response(stream)) stream.destroy();
    else if (this.#is_alone()) this.#decline(request, stream, head);
    else this.#decline_unless_taken(request, stream, head);
  }

  #is_alone(): boolean {
    return this.#server.listeners('upgrade').every((listener) => listener === this.#on_upgrade);
  }

  /** Passes an untaken upgrade to the server as a plain request, or refuses it if the server cannot answer. */
  #decline(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { headers, url = '' } = request;
    if (this.#server.listenerCount('request') > 0 || !is_websocket_upgrade(headers)) {
      return_as_request(this.#server, request, stream as Socket, head);
      return;
    }
    const path = path_of(url);
    const is_closed = find_innermost(this.#closed_paths, path) !== undefined;
    const refusal = is_closed ? CLOSING : nothing_at(path);
    // One log line is enough, however many mounts there are.
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

/** Returns the longest of these paths that equals the path or is above it. */
function find_innermost(candidates: Iterable<string>, path: string): string | undefined {
  let found: string | undefined;
  for (const candidate of candidates) {
    const is_longer = found === undefined || candidate.length > found.length;
    if (is_longer && is_under(candidate, path)) found = candidate;
  }
  return found;
}

/** Whether another listener has written to a socket or reads from it. */
function is_taken(stream: Duplex, written_before: number): boolean {
  return (
    (stream as Socket).bytesWritten !== written_before ||
    stream.listenerCount('data') > 0 ||
    stream.listenerCount('readable') > 0
  );
}
