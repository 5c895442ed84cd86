import { create_request } from '../messages.mjs';
import { client_text_frame, server_text_frame } from './frames.mjs';

const FRAMES = 64;
const FIRST_NUMBER = 1000;

/**
 * The messages that a connection sends in rotation, and the bytes of the expected answers. Each message differs from all
 * others, including those of other connections.
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

  /** Sends the next messages immediately. */
  send(count) {
    const size = this.#requests.length / FRAMES;
    const first = this.sent % FRAMES;
    const before_the_end = Math.min(count, FRAMES - first);
    this.#connection.write(this.#requests.subarray(first * size, (first + before_the_end) * size));
    this.sent += before_the_end;
    if (before_the_end < count) this.send(count - before_the_end);
  }

  /**
   * Checks received bytes.
   *
   * @returns the number of answers that these bytes complete.
   * @throws if they are not the answers to the sent messages, in the same order.
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
      throw new Error(
        `connection ${this.#connection.index} received more answers than it sent messages`,
      );
    }
    return this.answered - before;
  }
}
