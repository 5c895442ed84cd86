import { CLOSING, type Refusal, refusal_body } from '../core/admit/refusal.ts';
import { WebsocketsError } from '../core/base/errors.ts';
import type { ConnectionFacts } from '../core/connection/connected_client.ts';
import type { Endpoint } from '../core/endpoint/endpoint.ts';
import { type Admission, admit } from '../core/mount/admission.ts';
import type { Mount } from '../core/mount/mount.ts';
import type { Entrance } from '../core/mount/shutdown.ts';
import type { ParsedMount } from '../core/options/mount_option.ts';
import { MemoryPeer } from './memory/memory_peer.ts';
import { MemorySocket } from './memory/memory_socket.ts';
import type { Network } from './memory/network.ts';
import { MemoryClient } from './test_client.ts';
import { create_request, type TestConnectOptions } from './test_request.ts';

/** The entrance for the clients of a test. They pass the gate and `on_upgrade`, as over a network. */
export class MemoryEntrance implements Entrance {
  readonly #mount: Mount;
  readonly #parsed: ParsedMount;
  readonly #network: Network;
  readonly #explain: () => string;
  readonly #pending = new Set<(refusal: Refusal) => void>();

  /** @param explain returns the end of the error message for a client whose wait times out. */
  constructor(mount: Mount, parsed: ParsedMount, network: Network, explain: () => string) {
    this.#mount = mount;
    this.#parsed = parsed;
    this.#network = network;
    this.#explain = explain;
  }

  /** @throws {WebsocketsError} `connect_refused`, if the client is refused. @throws the reason of an aborted `signal`. */
  async connect(name: string, options: TestConnectOptions): Promise<MemoryClient> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { path, trust } = this.#parsed;
    const request = create_request(`${path}/${name}`, options, trust);
    const decision = this.#mount.decide(request);
    if (decision.action === 'refuse') throw refused(decision.refusal);
    const { endpoint, params, address } = decision;
    const { headers, remote_address, url } = request;
    const asked = { params, headers, origin: headers.origin, remote_address, url };
    const departure = new AbortController();
    const admission = admit(endpoint, asked, departure);
    try {
      return await this.#wait(admission, departure, signal, ({ params, context }) =>
        this.#accept(endpoint, { params, context, address, headers, remote_address }),
      );
    } catch (gone) {
      this.#mount.leave_seat(endpoint, request);
      if (!(gone instanceof Refused)) throw gone;
      this.#mount.refused(gone.refusal, request, endpoint);
      throw refused(gone.refusal);
    }
  }

  async close(): Promise<void> {
    for (const refuse of this.#pending) refuse(CLOSING);
  }

  /** Does nothing, because no refused client remains connected. */
  cut(): void {}

  /** Waits until the endpoint has decided, the client leaves or the entrance closes, whichever is first. */
  #wait(
    admission: Promise<Admission>,
    departure: AbortController,
    signal: AbortSignal | undefined,
    accept: (accepted: Admission & { action: 'accept' }) => MemoryClient,
  ): Promise<MemoryClient> {
    return new Promise((resolve, reject) => {
      let is_over = false;
      const end = () => {
        is_over = true;
        this.#pending.delete(refuse);
        signal?.removeEventListener('abort', leave);
      };
      const refuse = (refusal: Refusal) => {
        end();
        reject(new Refused(refusal));
        departure.abort();
      };
      const leave = () => {
        end();
        reject(signal?.reason);
        departure.abort();
      };
      this.#pending.add(refuse);
      signal?.addEventListener('abort', leave);
      admission.then((decided) => {
        if (is_over) return;
        end();
        // Immediately, because a close in between would miss the connection.
        // Held by: "at whatever moment it closes, a client is refused or closed with 1012".
        if (decided.action === 'accept') resolve(accept(decided));
        else reject(new Refused(decided.refusal));
      });
    });
  }

  #accept(endpoint: Endpoint, facts: ConnectionFacts): MemoryClient {
    const { max_message_size_in_bytes } = endpoint.definition.options;
    const peer = new MemoryPeer(this.#network);
    const socket = new MemorySocket(this.#network, peer, max_message_size_in_bytes);
    const client = new MemoryClient(peer, this.#explain);
    endpoint.accept(facts, socket, (owner) => socket.attach(owner, client.keep));
    return client;
  }
}

/** The reason why a client is refused. */
class Refused {
  constructor(readonly refusal: Refusal) {}
}

function refused(refusal: Refusal) {
  const { status, code, message, headers = {} } = refusal;
  const body = JSON.parse(refusal_body(refusal));
  return new WebsocketsError(
    'connect_refused',
    `the client was refused with ${status} ${code}: ${message}`,
    { status, headers, body },
  );
}
