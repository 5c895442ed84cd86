/** What waits to be sent until the connection is open: in order, and bounded. */
export class SendQueue {
  readonly #max_messages: number;
  #waiting: string[] = [];

  constructor(max_messages: number) {
    this.#max_messages = max_messages;
  }

  /** @returns whether there was room. */
  add(text: string): boolean {
    if (this.#waiting.length >= this.#max_messages) return false;
    this.#waiting.push(text);
    return true;
  }

  /** Hands over what waits, first to last, for as long as it is taken; what is not taken stays. */
  empty_into(take: (text: string) => boolean): void {
    const taken = this.#waiting.findIndex((text) => !take(text));
    this.#waiting = taken < 0 ? [] : this.#waiting.slice(taken);
  }

  clear(): void {
    this.#waiting = [];
  }
}
