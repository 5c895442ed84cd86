import { isUtf8 } from 'node:buffer';
import type { MemoryStream } from './stream.ts';

/** What a server has shown of one client: to the handlers, and to the client. */
export interface Outcome {
  /** The status of the handshake, and its headers if it succeeded. */
  readonly response: string;
  /** What reached the handler, first to last, each with its size. */
  readonly messages: readonly string[];
  /** Each call of `on_close`. */
  readonly closes: readonly string[];
  /** What the client was sent after the handshake. */
  readonly output: Buffer;
  /** How the server has left its side of the stream. */
  readonly ended: MemoryStream['ended'];
  /** Whether the server had done everything that was due when the client left. */
  readonly is_settled: boolean;
}

/** Keeps what reaches a handler, and tells when nothing more will. */
export class Witness {
  readonly messages: string[] = [];
  readonly closes: string[] = [];
  readonly #resolve: () => void;
  /** Resolves when `on_close` was called. */
  readonly closed: Promise<void>;

  constructor() {
    let resolve = () => {};
    this.closed = new Promise((resolves) => {
      resolve = resolves;
    });
    this.#resolve = resolve;
  }

  message(message: unknown): void {
    this.messages.push(JSON.stringify(message));
  }

  invalid(why: 'not JSON' | 'not UTF-8'): void {
    this.messages.push(why);
  }

  /** The size of the latest message. */
  size(bytes: number): void {
    this.messages[this.messages.length - 1] += ` (${bytes} bytes)`;
  }

  close(code: number, reason: string): void {
    this.closes.push(`${code} ${reason}`);
    this.#resolve();
  }

  outcome(written: Buffer, { ended, is_settled }: Pick<Outcome, 'ended' | 'is_settled'>): Outcome {
    const head = written.toString('latin1', 0, Math.max(0, written.indexOf(END_OF_HEAD)));
    const is_accepted = head.startsWith('HTTP/1.1 101');
    return {
      response: is_accepted ? normal_head(head) : head.slice(0, 'HTTP/1.1 400'.length),
      messages: this.messages,
      closes: this.closes,
      output: is_accepted ? output_of(written) : Buffer.alloc(0),
      ended,
      is_settled,
    };
  }
}

const END_OF_HEAD = '\r\n\r\n';

/** What a server has written behind its answer to the handshake. */
export function output_of(written: Buffer): Buffer {
  return written.subarray(written.indexOf(END_OF_HEAD) + END_OF_HEAD.length);
}

/** The headers in one order and one spelling. */
function normal_head(head: string): string {
  const [status = '', ...headers] = head.split('\r\n');
  const normal = headers.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
  return [status, ...normal.sort()].join('\n');
}

/** What a message is for the handler of this package: JSON, or why it is none. */
export function decode(
  data: Buffer,
  is_binary: boolean,
): { message: unknown } | 'not JSON' | 'not UTF-8' {
  if (is_binary && !isUtf8(data)) return 'not UTF-8';
  try {
    return { message: JSON.parse(data.toString()) };
  } catch {
    return 'not JSON';
  }
}
