import { create_request } from '../messages.mjs';
import { client_text_frame, server_text_frame } from './frames.mjs';

const FRAMES = 64;
const FIRST_NUMBER = 1000;

/**
 * Messages that a connection sends in turn, each different, also from those of every other
 * connection; and their answers, as the bytes that must come back.
 */
export class EchoRing {
  sent = 0;
  answered = 0;
  #connection;
  #requests;
  #answers;
  #answered_bytes = 0;

  constructor(connection, wire) {
    this.#connection = connection;
    const texts = Array.from({ length: FRAMES }, (_, number) =>
      wire.wrap(JSON.stringify(create_request(connection.index, FIRST_NUMBER + number))),
    );
    this.#requests = Buffer.concat(texts.map(client_text_frame));
    this.#answers = Buffer.concat(texts.map(server_text_frame));
  }

  /** Sends the next messages, at once. */
  send(count) {
    const size = this.#requests.length / FRAMES;
    const first = this.sent % FRAMES;
    const before_the_end = Math.min(count, FRAMES - first);
    this.#connection.write(this.#requests.subarray(first * size, (first + before_the_end) * size));
    this.sent += before_the_end;
    if (before_the_end < count) this.send(count - before_the_end);
  }

  /**
   * @returns how many answers these bytes complete.
   * @throws where they are not the answers to what was sent, in its order.
   */
  check(bytes) {
    const answers = this.#answers;
    for (let checked = 0; checked < bytes.length; ) {
      const start = this.#answered_bytes % answers.length;
      const length = Math.min(bytes.length - checked, answers.length - start);
      if (bytes.compare(answers, start, start + length, checked, checked + length) !== 0) {
        throw new Error(`the answers of connection ${this.#connection.index} are not as expected`);
      }
      checked += length;
      this.#answered_bytes += length;
    }
    const before = this.answered;
    this.answered = Math.floor((this.#answered_bytes / answers.length) * FRAMES);
    if (this.#answered_bytes * FRAMES > this.sent * answers.length) {
      throw new Error(`connection ${this.#connection.index} got more answers than it asked for`);
    }
    return this.answered - before;
  }
}
