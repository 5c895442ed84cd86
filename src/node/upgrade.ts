import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { admit, asks_first } from '../core/admission.ts';
import type { RequestHeaders } from '../core/connection.ts';
import type { Endpoint } from '../core/endpoint.ts';
import {
  bad_request,
  CLOSING,
  decide_upgrade,
  type Gate,
  type Refusal,
  UPGRADE_FAILED,
} from '../core/gate.ts';
import type { ConnectionFacts } from '../core/live_connection.ts';
import type { Logger } from '../core/ports.ts';
import { client_address, client_host, type Trust } from '../core/trust.ts';
import { share_common_values } from './header_memory.ts';
import { PendingUpgrade } from './pending_upgrade.ts';
import { ignore_reset, RefusedClients } from './refusal.ts';
import { WsSocket } from './ws_socket.ts';

/** Each fragment costs memory of its own; no honest client needs more for one message. */
const MAX_FRAGMENTS = 1024;
/** So does each read of a message that is not yet complete: 500 bytes, whatever it brought. */
const MIN_CHUNKS = 1024;
const LEAST_BYTES_PER_CHUNK = 256;
/** ws's own timer never comes first: the core's does, on its clock. */
const NEVER_IN_MILLISECONDS = 2 ** 31 - 1;

/** Options of ws that its types do not know yet. */
interface NewerOptions {
  maxFragments: number;
  maxBufferedChunks: number;
  closeTimeout: number;
}

/** Carries out the gate's decisions on the TCP sockets of one mount. */
export class Upgrader {
  readonly #gate: Gate;
  readonly #trust: Trust;
  readonly #logger: Logger;
  readonly #protocol = new Map<Endpoint, Server<typeof WsSocket>>();
  readonly #pending = new Set<PendingUpgrade>();
  readonly #refused = new RefusedClients();

  constructor(gate: Gate, trust: Trust, logger: Logger) {
    this.#gate = gate;
    this.#trust = trust;
    this.#logger = logger;
    for (const endpoint of gate.endpoints.values()) {
      this.#protocol.set(endpoint, this.#create_protocol(endpoint));
    }
  }

  /** Connects or refuses a client whose request is to a path of the gate's. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const facts = this.#read_facts(request);
    if (facts === undefined) {
      this.#refused.refuse(stream, UPGRADE_FAILED);
      return;
    }
    const decision = decide_upgrade(this.#gate, facts);
    if (decision.action === 'refuse') {
      const { log } = decision.refusal;
      if (log !== undefined) this.#log(log);
      this.#refused.refuse(stream, decision.refusal);
      return;
    }
    const { endpoint, params, address } = decision;
    const { url, headers, remote_address } = facts;
    const asked = { params, headers, origin: headers.origin, remote_address, url };
    const connect = (early: Buffer, params: unknown, context: unknown) => {
      const kept = share_common_values(headers);
      const known = { params, context, address, headers: kept, remote_address };
      this.#connect(request, stream, early, endpoint, known);
    };
    if (!asks_first(endpoint)) {
      connect(head, params, undefined);
      return;
    }
    const departure = new AbortController();
    const pending = new PendingUpgrade(stream, head, departure, this.#refused);
    if (pending.is_over) return;
    const forget = () => this.#pending.delete(pending);
    this.#pending.add(pending);
    stream.once('close', forget);
    admit(endpoint, asked, departure).then((admission) => {
      stream.removeListener('close', forget);
      forget();
      if (pending.is_over) return;
      if (admission.action === 'refuse') pending.refuse(admission.refusal);
      else connect(pending.release(), admission.params, admission.context);
    });
  }

  /** Refuses every client that still waits for `on_upgrade`; resolves when those refused have gone. */
  close(): Promise<void> {
    for (const pending of this.#pending) pending.refuse(CLOSING);
    this.#pending.clear();
    return this.#refused.emptied();
  }

  /** Cuts the clients that were refused and linger. */
  cut(): void {
    this.#refused.cut();
  }

  #connect(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    endpoint: Endpoint,
    facts: ConnectionFacts,
  ): void {
    stream.removeListener('error', ignore_reset);
    this.#protocol.get(endpoint)?.handleUpgrade(request, stream, head, (socket) => {
      const connection = endpoint.accept(facts, socket);
      socket.attach(stream, connection);
      connection.open();
    });
  }

  #log({ message, error }: Refusal['log'] & object): void {
    if (error === undefined) this.#logger.warn(message, {});
    else this.#logger.error(message, { error });
  }

  /** What the gate asks of a request; `undefined` where the user's `trust_proxy` failed. */
  #read_facts(request: IncomingMessage) {
    const { method = '', url = '', httpVersion: http_version } = request;
    const headers = request.headers as RequestHeaders;
    const peer = request.socket.remoteAddress ?? '';
    try {
      return {
        method,
        url,
        http_version,
        headers,
        host: client_host(this.#trust, peer, headers),
        remote_address: client_address(this.#trust, peer, headers),
      };
    } catch (error) {
      this.#log({ message: 'trust_proxy failed', error });
      return undefined;
    }
  }

  #create_protocol(endpoint: Endpoint): Server<typeof WsSocket> {
    const { max_message_size_in_bytes, compression } = endpoint.definition.options;
    const options: ServerOptions<typeof WsSocket> & NewerOptions = {
      noServer: true,
      clientTracking: false,
      WebSocket: WsSocket,
      perMessageDeflate: compression,
      maxPayload: max_message_size_in_bytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: Math.max(
        MIN_CHUNKS,
        Math.ceil(max_message_size_in_bytes / LEAST_BYTES_PER_CHUNK),
      ),
      closeTimeout: NEVER_IN_MILLISECONDS,
    };
    const protocol = new WebSocketServer(options);
    // What ws refuses beyond the gate (a malformed offer of compression, say) is said in our way.
    protocol.on('wsClientError', (error, stream) => {
      this.#refused.refuse(stream, bad_request(error.message));
    });
    return protocol;
  }
}
