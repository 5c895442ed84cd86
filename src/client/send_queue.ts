/** A bounded queue of the messages that wait until the connection is open. */
export class SendQueue {
  readonly #max_messages: number;
  #waiting: string[] = [];

  constructor(max_messages: number) {
    this.#max_messages = max_messages;
  }

  /** Adds a message. Returns whether there was room. */
  add(text: string): boolean {
    if (this.#waiting.length >= this.#max_messages) return false;
    this.#waiting.push(text);
    return true;
  }

  /** Passes the messages on, first to last, until one is not taken. That message and the rest stay in the queue. */
  empty_into(take: (text: string) => boolean): void {
    const taken = this.#waiting.findIndex((text) => !take(text));
    this.#waiting = taken < 0 ? [] : this.#waiting.slice(taken);
  }

  clear(): void {
    this.#waiting = [];
  }
}
