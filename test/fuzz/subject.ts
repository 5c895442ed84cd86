import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import {
  type Connection,
  type MountedWebsockets,
  mount_websockets,
  type WebsocketDefinition,
  type WebsocketsError,
} from 'joystick-websockets';
import type { FuzzCase } from './case.ts';
import { type Handler, handle } from './handler.ts';
import { LIMITS, type Limits } from './limits.ts';
import { type Outcome, Witness } from './outcome.ts';
import { type FuzzedServer, PATIENCE_IN_MILLISECONDS, play, turns } from './play.ts';
import type { MemoryStream } from './stream.ts';

const MESSAGE_CHANNEL = 'joystick-websockets:message';
/** A handler that tarries has its client wait from the first message on. */
const MAX_QUEUED_MESSAGES = 1;
const TARRYING_TURNS = 2;

interface Played {
  readonly handler: Handler;
  readonly witness: Witness;
  /** Messages that the handler has been called with. */
  messages: number;
}

/** This package, mounted on an HTTP server. */
export class Subject implements FuzzedServer {
  readonly server: Server;
  readonly #mounted: MountedWebsockets;
  readonly #played = new Map<string, Played>();
  readonly #add_size = (event: unknown) => {
    const { connection, bytes } = event as { connection: Connection; bytes: number };
    this.#played.get(String(connection.params.case))?.witness.size(bytes);
  };
  #cases = 0;

  constructor() {
    this.server = createServer();
    this.#mounted = mount_websockets(
      this.server,
      Object.fromEntries(LIMITS.flatMap((limits, index) => this.#endpoints(limits, index))),
      {
        path: '/fuzz',
        logger: { warn: () => {}, error: () => {} },
        endpoint_options: { heartbeat_interval_in_seconds: 0, max_buffered_in_bytes: 0 },
      },
    );
    subscribe(MESSAGE_CHANNEL, this.#add_size);
  }

  async close(): Promise<void> {
    unsubscribe(MESSAGE_CHANNEL, this.#add_size);
    await this.#mounted.close({ grace_in_seconds: 0, drain_in_seconds: 0 });
  }

  /** @param expected what ws has done: if it has answered everything before the client left, this waits for it. */
  async play(fuzz_case: FuzzCase, expected: Outcome): Promise<Outcome> {
    const { url, witness, forget } = this.expect(fuzz_case);
    const patience = expected.is_settled ? PATIENCE_IN_MILLISECONDS : 0;
    const outcome = await play(this, fuzz_case, witness, url, patience);
    forget();
    return outcome;
  }

  /** @returns where the client of this case connects to, and who sees what reaches the handlers. */
  expect({ limits, handler }: FuzzCase): { url: string; witness: Witness; forget: () => void } {
    const id = String(this.#cases++);
    const witness = new Witness();
    this.#played.set(id, { handler, witness, messages: 0 });
    const endpoint = handler.does === 'tarries' ? `slow_${limits}` : `quick_${limits}`;
    const forget = () => void this.#played.delete(id);
    return { url: `/fuzz/${endpoint}?case=${id}`, witness, forget };
  }

  connect(_: FuzzCase, request: IncomingMessage, stream: MemoryStream, head: Buffer): void {
    this.server.emit('upgrade', request, stream, head);
  }

  #endpoints(limits: Limits, index: number): [string, WebsocketDefinition][] {
    const quick = `quick_${index}`;
    const slow = `slow_${index}`;
    return [
      [quick, { ...this.#handlers(quick), options: { ...limits } }],
      [
        slow,
        {
          ...this.#handlers(slow),
          options: { ...limits, max_queued_messages: MAX_QUEUED_MESSAGES },
        },
      ],
    ];
  }

  #handlers(endpoint: string): WebsocketDefinition {
    return {
      on_message: (message, connection) => this.#message(endpoint, message, connection),
      on_error: (error, connection) => {
        if ((error as WebsocketsError).code !== 'invalid_message') throw error;
        const { message } = error as WebsocketsError;
        const why = message.endsWith('it is not UTF-8') ? 'not UTF-8' : 'not JSON';
        this.#of(connection)?.witness.invalid(why);
      },
      on_close: (code, reason, connection) => this.#of(connection)?.witness.close(code, reason),
    };
  }

  #of({ params }: Connection): Played | undefined {
    return this.#played.get(String(params.case));
  }

  #message(endpoint: string, message: unknown, connection: Connection): undefined | Promise<void> {
    const played = this.#of(connection);
    if (played === undefined) return undefined;
    played.witness.message(message);
    const index = played.messages++;
    // To one connection and to all of an endpoint: the package writes the two in different ways.
    const target = index % 2 === 0 ? connection : this.#mounted.endpoint(endpoint);
    handle(played.handler, index, message, {
      send: (reply) => target.send(reply),
      close: (code, reason) => connection.close(code, reason),
      terminate: () => connection.terminate(),
    });
    return played.handler.does === 'tarries' ? turns(TARRYING_TURNS) : undefined;
  }
}
