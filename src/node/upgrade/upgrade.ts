import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { bad_request, CLOSING, type Refusal, UPGRADE_FAILED } from '../../core/admit/refusal.ts';
import { client_address, client_host, type Trust, UNIX_PEER } from '../../core/admit/trust.ts';
import type { Logger } from '../../core/base/ports.ts';
import type { RequestHeaders } from '../../core/declare/connection.ts';
import type { Endpoint } from '../../core/endpoint/endpoint.ts';
import { admit, asks_first } from '../../core/mount/admission.ts';
import type { UpgradeDecision, UpgradeFacts } from '../../core/mount/gate.ts';
import type { Mount } from '../../core/mount/mount.ts';
import type { Entrance } from '../../core/mount/shutdown.ts';
import { COMPRESSION_THRESHOLD_IN_BYTES } from '../socket/frame_writing.ts';
import { WsSocket } from '../socket/ws_socket.ts';
import { share, share_common_values } from './header_memory.ts';
import { PendingUpgrade } from './pending_upgrade.ts';
import { RefusedClients } from './refused_clients.ts';

/** Each fragment costs memory of its own; no honest client needs more for one message. */
const MAX_FRAGMENTS = 1024;
/** So does each read of a message that is not yet complete: 500 bytes, whatever it brought. */
const MIN_CHUNKS = 1024;
const LEAST_BYTES_PER_CHUNK = 256;
/** Each pong that waits to be written costs memory of its own. A client that sends one ping more is cut. */
const MAX_PENDING_PONGS = 60;
/** ws's own timer never comes first: the core's does, on its clock. */
const NEVER_IN_MILLISECONDS = 2 ** 31 - 1;

/** Options of ws that its types do not know yet. */
interface NewerOptions {
  maxFragments: number;
  maxBufferedChunks: number;
  maxPendingAutoPongs: number;
  closeTimeout: number;
}

type Accepted = UpgradeDecision & { readonly action: 'accept' };

/** Carries out the decisions about the clients of one mount on their TCP sockets. */
export class Upgrader implements Entrance {
  readonly #mount: Mount;
  readonly #trust: Trust;
  readonly #logger: Logger;
  readonly #protocol = new Map<Endpoint, Server<typeof WsSocket>>();
  readonly #pending = new Set<PendingUpgrade>();
  readonly #refused = new RefusedClients();
  /** Why ws has refused the client that is being connected. */
  #why_not: Refusal | undefined;

  constructor(mount: Mount, trust: Trust, logger: Logger) {
    this.#mount = mount;
    this.#trust = trust;
    this.#logger = logger;
    for (const endpoint of mount.endpoints.values()) {
      this.#protocol.set(endpoint, this.#create_protocol(endpoint));
    }
  }

  /** Connects or refuses a client whose request is to a path of the mount's. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const facts = this.#read_facts(request);
    if (facts === undefined) {
      const { url = '', socket } = request;
      this.#mount.refused(UPGRADE_FAILED, { url, remote_address: socket.remoteAddress ?? '' });
      this.#refused.refuse(stream, UPGRADE_FAILED);
      return;
    }
    const decision = this.#mount.decide(facts);
    if (decision.action === 'refuse') {
      this.#refused.refuse(stream, decision.refusal);
      return;
    }
    if (asks_first(decision.endpoint)) this.#ask(request, stream, head, facts, decision);
    else this.#connect(request, stream, head, facts, decision, { params: decision.params });
  }

  declined(refusal: Refusal, url: string): void {
    this.#mount.declined(refusal, url);
  }

  /** Refuses every client that still waits for `on_upgrade`; resolves when those refused have gone. */
  close(): Promise<void> {
    for (const pending of this.#pending) pending.refuse(CLOSING);
    return this.#refused.emptied();
  }

  /** Cuts the clients that were refused and linger. */
  cut(): void {
    this.#refused.cut();
  }

  #ask(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    facts: UpgradeFacts,
    accepted: Accepted,
  ): void {
    const { endpoint, params } = accepted;
    const { headers, remote_address, url } = facts;
    const departure = new AbortController();
    const pending = new PendingUpgrade(stream, departure, (refusal) => {
      this.#pending.delete(pending);
      this.#mount.leave_seat(endpoint, facts);
      if (refusal === undefined) return;
      this.#mount.refused(refusal, facts, endpoint);
      this.#refused.refuse(stream, refusal);
    });
    this.#pending.add(pending);
    pending.wait(head);
    if (pending.is_over) return;
    const asked = { params, headers, origin: headers.origin, remote_address, url };
    admit(endpoint, asked, departure).then((admission) => {
      if (pending.is_over) return;
      if (admission.action === 'refuse') {
        pending.refuse(admission.refusal);
        return;
      }
      this.#pending.delete(pending);
      this.#connect(request, stream, pending.release(), facts, accepted, admission);
    });
  }

  #connect(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    facts: UpgradeFacts,
    { endpoint, address }: Accepted,
    { params, context }: { params: unknown; context?: unknown },
  ): void {
    let is_connected = false;
    this.#why_not = undefined;
    this.#protocol.get(endpoint)?.handleUpgrade(request, stream, head, (socket) => {
      is_connected = true;
      const headers = share_common_values(facts.headers);
      const remote_address = share(facts.remote_address);
      const known = { params, context, address, headers, remote_address };
      endpoint.accept(known, socket, (owner) => socket.attach(stream, owner));
    });
    if (is_connected) return;
    // ws has refused it, or its socket is gone: either shows at once.
    this.#mount.leave_seat(endpoint, facts);
    if (this.#why_not !== undefined) this.#mount.refused(this.#why_not, facts, endpoint);
  }

  /** What the gate asks of a request; `undefined` where the user's `trust_proxy` failed. */
  #read_facts(request: IncomingMessage): UpgradeFacts | undefined {
    const { method = '', url = '', httpVersion: http_version } = request;
    const headers = request.headers as RequestHeaders;
    const peer = peer_of(request.socket);
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
      this.#logger.error('trust_proxy failed', { error });
      return undefined;
    }
  }

  #create_protocol(endpoint: Endpoint): Server<typeof WsSocket> {
    const { max_message_size_in_bytes, compression } = endpoint.definition.options;
    // Whatever the docs promise is set here, also where it is a default of ws: test/node/promises.test.ts.
    const options: ServerOptions<typeof WsSocket> & NewerOptions = {
      noServer: true,
      clientTracking: false,
      WebSocket: WsSocket,
      handleProtocols: select_first,
      perMessageDeflate: compression && { threshold: COMPRESSION_THRESHOLD_IN_BYTES },
      skipUTF8Validation: false,
      autoPong: true,
      maxPendingAutoPongs: MAX_PENDING_PONGS,
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
      this.#why_not = bad_request(error.message);
      this.#refused.refuse(stream, this.#why_not);
    });
    return protocol;
  }
}

/** The subprotocol that a client prefers (RFC 6455 §4.1); the gate has seen to it that there is one. */
function select_first(offered: Set<string>): string | false {
  for (const name of offered) return name;
  return false;
}

/** The address of a socket's other end, or that it is on a Unix socket; empty, where it is unknown. */
function peer_of(socket: Duplex): string {
  if (!(socket instanceof Socket)) return (socket as Partial<Socket>).remoteAddress ?? '';
  // A TCP socket whose peer has reset it has lost its address as well, but keeps one of its own.
  const is_unix = !socket.destroyed && socket.localAddress === undefined;
  return socket.remoteAddress ?? (is_unix ? UNIX_PEER : '');
}
