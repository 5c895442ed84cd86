import { Queue } from '../base/queue.ts';
import type { ParsedWebsocketOptions } from '../declare/definition.ts';

export interface WaitingMessage {
  readonly data: Buffer;
  readonly is_binary: boolean;
}

/** The messages of one client that wait for a handler, first to last. */
export class Inbox {
  readonly #options: ParsedWebsocketOptions;
  readonly #messages = new Queue<WaitingMessage>();
  #bytes = 0;
  /** Whether reading is paused because of these messages. */
  is_paused = false;

  constructor(options: ParsedWebsocketOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** Whether reading should pause until some messages are handled. */
  get is_full(): boolean {
    const { max_queued_messages, max_message_size_in_bytes } = this.#options;
    return this.length >= max_queued_messages || this.#bytes > max_message_size_in_bytes;
  }

  /** Whether there is enough room to resume reading. */
  get is_half_empty(): boolean {
    const { max_queued_messages, max_message_size_in_bytes } = this.#options;
    return this.length <= max_queued_messages / 2 && this.#bytes <= max_message_size_in_bytes / 2;
  }

  push(message: WaitingMessage): void {
    this.#messages.push(message);
    this.#bytes += message.data.length;
  }

  shift(): WaitingMessage | undefined {
    const message = this.#messages.shift();
    this.#bytes -= message?.data.length ?? 0;
    return message;
  }

  drop(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }
}
