import type { Output } from '../../core/wire/socket.ts';

/** Writes are joined up to this size, so that many small ones cost little: a client may leave a million of them unread. */
const JOINED_IN_BYTES = 1024;

/** One write, or several small ones, by counts of the bytes written until then. */
interface Write {
  readonly start: number;
  /** Where its first message ends. */
  readonly first_end: number;
  /** Where its last message begins. */
  last_start: number;
  end: number;
  next: Write | undefined;
}

/** What a platform has not taken whole. Of writes that it takes at once, it need not be told. */
export class Backlog {
  #written = 0;
  // Linked, as there may be many, and the first of them goes first.
  #first: Write | undefined;
  #last: Write | undefined;

  /** @param waiting bytes that the platform has not taken, this output included. */
  add({ bytes, first_bytes, last_bytes }: Output, waiting: number): void {
    const start = this.#written;
    this.#written += bytes;
    const end = this.#written;
    this.#drop_until(end - waiting);
    if (this.#last !== undefined && end - this.#last.start <= JOINED_IN_BYTES) {
      this.#last.last_start = end - last_bytes;
      this.#last.end = end;
    } else {
      const last_start = end - last_bytes;
      this.#push({ start, first_end: start + first_bytes, last_start, end, next: undefined });
    }
  }

  /**
   * Of what waits, what was written after the message that the platform is in the midst of. (In the
   * midst of a write of several messages, all but the first and the last count: they are small.)
   */
  unsent_bytes_behind_oldest(waiting: number): number {
    const taken = this.#written - waiting;
    this.#drop_until(taken);
    if (this.#first === undefined) return 0;
    const { first_end, last_start, end } = this.#first;
    if (taken < first_end) return this.#written - first_end;
    return taken < last_start ? waiting : this.#written - end;
  }

  #push(write: Write): void {
    if (this.#last !== undefined) this.#last.next = write;
    this.#last = write;
    this.#first ??= write;
  }

  #drop_until(taken: number): void {
    while (this.#first !== undefined && this.#first.end <= taken) this.#first = this.#first.next;
    if (this.#first === undefined) this.#last = undefined;
  }
}
