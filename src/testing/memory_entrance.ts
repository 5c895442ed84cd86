import { type Admission, admit } from '../core/admission.ts';
import { WebsocketsError } from '../core/errors.ts';
import type { Mount } from '../core/mount.ts';
import type { ParsedMount } from '../core/mount_option.ts';
import { CLOSING, type Refusal, refusal_body } from '../core/refusal.ts';
import type { Entrance } from '../core/shutdown.ts';
import { MemoryPeer } from './memory_peer.ts';
import { MemorySocket } from './memory_socket.ts';
import type { Network } from './network.ts';
import { MemoryClient } from './test_client.ts';
import { type ConnectOptions, create_request } from './test_request.ts';

/** Where the clients of a test come in: past the gate and `on_upgrade`, as over a network. */
export class MemoryEntrance implements Entrance {
  readonly #mount: Mount;
  readonly #parsed: ParsedMount;
  readonly #network: Network;
  readonly #explain: () => string;
  readonly #pending = new Set<(refusal: Refusal) => void>();

  /** @param explain what a client that waits in vain is told beside. */
  constructor(mount: Mount, parsed: ParsedMount, network: Network, explain: () => string) {
    this.#mount = mount;
    this.#parsed = parsed;
    this.#network = network;
    this.#explain = explain;
  }

  /** @throws {WebsocketsError} `connect_refused`; what the `signal` was aborted with. */
  async connect(name: string, options: ConnectOptions): Promise<MemoryClient> {
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
    let admission = await this.#wait(admit(endpoint, asked, departure), departure, signal).catch(
      (left) => {
        this.#mount.leave_seat(endpoint, request);
        throw left;
      },
    );
    // Between the decision and now, the entrance may have closed.
    if (this.#mount.gate.is_closing) admission = { action: 'refuse', refusal: CLOSING };
    if (admission.action === 'refuse') {
      this.#mount.leave_seat(endpoint, request);
      this.#mount.refused(admission.refusal, request, endpoint);
      throw refused(admission.refusal);
    }
    const { max_message_size_in_bytes } = endpoint.definition.options;
    const facts = {
      params: admission.params,
      context: admission.context,
      address,
      headers,
      remote_address,
    };
    const peer = new MemoryPeer(this.#network);
    const socket = new MemorySocket(this.#network, peer, max_message_size_in_bytes);
    const client = new MemoryClient(peer, this.#explain);
    const connection = endpoint.accept(facts, socket);
    socket.attach(connection, client.keep);
    connection.open();
    return client;
  }

  async close(): Promise<void> {
    for (const refuse of this.#pending) refuse(CLOSING);
  }

  /** Nobody lingers: who is refused is gone. */
  cut(): void {}

  /** Waits until the endpoint has decided, the client leaves, or the entrance closes. */
  #wait(
    admission: Promise<Admission>,
    departure: AbortController,
    signal: AbortSignal | undefined,
  ): Promise<Admission> {
    return new Promise((resolve, reject) => {
      const refuse = (refusal: Refusal) => {
        departure.abort();
        settle({ action: 'refuse', refusal });
      };
      const leave = () => {
        departure.abort();
        end();
        reject(signal?.reason);
      };
      const end = () => {
        this.#pending.delete(refuse);
        signal?.removeEventListener('abort', leave);
      };
      const settle = (decided: Admission) => {
        end();
        resolve(decided);
      };
      this.#pending.add(refuse);
      signal?.addEventListener('abort', leave);
      admission.then(settle);
    });
  }
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
