import type { IncomingMessage } from 'node:http';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { type FuzzCase, is_compressed } from './case.ts';
import { handle } from './handler.ts';
import {
  COMPRESSED_FROM_BYTES,
  LIMITS,
  type Limits,
  MAX_FRAGMENTS,
  MAX_PENDING_PONGS,
  max_chunks_of,
} from './limits.ts';
import { decode, type Outcome, Witness } from './outcome.ts';
import { type FuzzedServer, play } from './play.ts';
import type { MemoryStream } from './stream.ts';

/** Options of ws that its types do not know yet. */
export interface NewerOptions {
  maxFragments: number;
  maxBufferedChunks: number;
  maxPendingAutoPongs: number;
}

/** What this package answers a failing handler with. */
const FAILED = [1011, 'a handler of the server failed; the log of the server says why'] as const;
/** The answer to the last ping of a client may be missing. */
const INFLATED_WITHIN_MILLISECONDS = 10;
const CUT = [1006, ''] as const;

/** A bare server of ws: what it makes of any bytes is right by definition. */
export class Oracle implements FuzzedServer {
  readonly #servers: WebSocketServer[];

  constructor(options: Partial<NewerOptions> = {}) {
    this.#servers = LIMITS.map((limits) => create_server(limits, options));
  }

  play(fuzz_case: FuzzCase): Promise<Outcome> {
    // While another thread inflates, later chunks would wait in ws, and what it makes of them would depend on time.
    const chunks = is_compressed(fuzz_case) ? { chunk_sizes: [], has_head: false } : {};
    return play(
      this,
      { ...fuzz_case, ...chunks },
      new Witness(),
      '/',
      INFLATED_WITHIN_MILLISECONDS,
    );
  }

  connect(
    fuzz_case: FuzzCase,
    request: IncomingMessage,
    stream: MemoryStream,
    head: Buffer,
    witness: Witness,
  ): void {
    const server = this.#servers[fuzz_case.limits] as WebSocketServer;
    server.handleUpgrade(request, stream, head, (socket) => {
      new OracleConnection(fuzz_case, socket, stream, witness);
    });
  }
}

function create_server(limits: Limits, changed: Partial<NewerOptions>): WebSocketServer {
  const options: ServerOptions & NewerOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: limits.compression && { threshold: COMPRESSED_FROM_BYTES },
    maxPayload: limits.max_message_size_in_bytes,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: max_chunks_of(limits),
    maxPendingAutoPongs: MAX_PENDING_PONGS,
    ...changed,
  };
  return new WebSocketServer(options);
}

/**
 * What the core of this package makes of the events of ws: the first that decides why a connection closes decides, and
 * once the server has decided, no message reaches a handler.
 */
class OracleConnection {
  readonly #handler: FuzzCase['handler'];
  readonly #socket: WebSocket;
  readonly #witness: Witness;
  #messages = 0;
  #decided: readonly [code: number, reason: string] | undefined;
  #is_stream_closed = false;

  constructor(fuzz_case: FuzzCase, socket: WebSocket, stream: MemoryStream, witness: Witness) {
    this.#handler = fuzz_case.handler;
    this.#socket = socket;
    this.#witness = witness;
    // ws itself calls it, too, if a client has too many pongs waiting.
    socket.terminate = () => {
      this.#decided ??= CUT;
      WebSocket.prototype.terminate.call(socket);
    };
    // Before ws hears of it.
    stream.prependListener('close', () => {
      this.#is_stream_closed = true;
    });
    socket.on('message', (data, is_binary) => this.#message(data as Buffer, is_binary));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', (code, reason) => {
      this.#decided ??= [code, String(reason)];
      witness.close(...this.#decided);
    });
  }

  #message(data: Buffer, is_binary: boolean): void {
    if (this.#decided !== undefined) return;
    const decoded = decode(data, is_binary);
    if (typeof decoded === 'string') {
      this.#witness.invalid(decoded);
    } else {
      this.#witness.message(decoded.message);
      this.#handle(decoded.message);
    }
    this.#witness.size(data.length);
  }

  #handle(message: unknown): void {
    try {
      handle(this.#handler, this.#messages++, message, {
        send: (reply) => this.#send(reply),
        close: (code, reason) => this.#close(code, reason),
        terminate: () => this.#socket.terminate(),
      });
    } catch {
      this.#close(...FAILED);
    }
  }

  #close(code: number, reason: string): void {
    this.#decided = [code, reason];
    this.#socket.close(code, reason);
  }

  #send(reply: unknown): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const is_binary = reply instanceof Uint8Array;
    const text = typeof reply === 'string' ? reply : JSON.stringify(reply);
    const data = is_binary ? Buffer.from(reply) : Buffer.from(text);
    // Which messages are worth compressing is this package's choice, not the protocol's.
    const compress = data.length >= COMPRESSED_FROM_BYTES;
    this.#socket.send(data, { binary: is_binary, compress });
  }

  /** @param error of ws, or of the stream: then it decides nothing, and `close` follows. */
  #fail(error: Error & { code?: string }): void {
    const code = close_code_of(error.code);
    if (code === undefined || this.#is_stream_closed) return;
    this.#decided ??= [code, error.message];
  }
}

/** The close codes behind the errors of ws, as its documentation lists them (RFC 6455 §7.4.1). */
function close_code_of(error_code = ''): number | undefined {
  if (error_code.startsWith('Z_') || error_code === 'WS_ERR_INVALID_UTF8') return 1007;
  if (error_code.startsWith('WS_ERR_UNSUPPORTED_')) return 1009;
  if (error_code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 1008;
  return error_code.startsWith('WS_ERR_') ? 1002 : undefined;
}
