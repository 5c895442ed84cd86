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

/** The maximum number of fragments of a message. Each costs extra memory, and no honest client needs more. */
const MAX_FRAGMENTS = 1024;
/** A message may always arrive in this many reads. Until it is complete, each read costs 500 bytes, whatever its size. */
const MIN_CHUNKS = 1024;
/** A large message may arrive in more reads, provided that each brings this many bytes on average. */
const LEAST_BYTES_PER_CHUNK = 256;
/** The maximum number of pongs that wait to be written. Each costs extra memory. A client that exceeds it is terminated. */
const MAX_PENDING_PONGS = 60;
/** Keeps the timer of ws from firing first: the core has its own, on its clock. */
const NEVER_IN_MILLISECONDS = 2 ** 31 - 1;

/** Options of ws that its types do not contain yet. */
interface NewerOptions {
  maxFragments: number;
  maxBufferedChunks: number;
  maxPendingAutoPongs: number;
  closeTimeout: number;
}

type Accepted = UpgradeDecision & { readonly action: 'accept' };

/** Carries out a mount's decisions about its clients on their TCP sockets. */
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

  /** Connects or refuses a client that requests a path of the mount. */
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

  /** Refuses every client that still waits for `on_upgrade`. Resolves when all refused clients are gone. */
  close(): Promise<void> {
    for (const pending of this.#pending) pending.refuse(CLOSING);
    return this.#refused.emptied();
  }

  /** Terminates the refused clients that have not disconnected. */
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
    // ws connects a client synchronously or not at all: it has refused this client, or the socket is gone.
    this.#mount.leave_seat(endpoint, facts);
    if (this.#why_not !== undefined) this.#mount.refused(this.#why_not, facts, endpoint);
  }

  /** Returns the facts about a request that the gate needs, or `undefined` if the user's `trust_proxy` failed. */
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
    // Everything that the docs promise is set here, even if it is a default of ws: test/node/promises.test.ts.
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
    // ws refuses some requests that the gate accepts, for example a malformed offer of compression. Such a refusal has
    // the same form as all others.
    protocol.on('wsClientError', (error, stream) => {
      this.#why_not = bad_request(error.message);
      this.#refused.refuse(stream, this.#why_not);
    });
    return protocol;
  }
}

/** Returns the subprotocol that a client prefers (RFC 6455 §4.1). The gate refuses an empty list. */
function select_first(offered: Set<string>): string | false {
  for (const name of offered) return name;
  return false;
}

/** Returns the address of a socket's peer; {@link UNIX_PEER} for a Unix socket; an empty string if it is unknown. */
function peer_of(socket: Duplex): string {
  if (!(socket instanceof Socket)) return (socket as Partial<Socket>).remoteAddress ?? '';
  // After a reset by its peer, a TCP socket has no remote address either. Unlike a Unix socket, it has a local one.
  const is_unix = !socket.destroyed && socket.localAddress === undefined;
  return socket.remoteAddress ?? (is_unix ? UNIX_PEER : '');
}
