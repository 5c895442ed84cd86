import { create_news } from '../messages.mjs';
import { open_connections } from './connection.mjs';
import {
  client_pong_frame,
  client_text_frame,
  leading_ping_size,
  server_text_frame,
} from './frames.mjs';
import { expect_progress, fail_as_closed } from './patience.mjs';
import { Window } from './window.mjs';

/**
 * Measures publishing. One subscriber requests a publish, or several in one turn. Once all subscribers have received
 * every message, it requests the next one. The subscribers are spread evenly over the topics.
 */
export async function fan_out(target, { subscribers, topics = 1, burst, ...durations }) {
  const fan = new FanOut(target, { subscribers, topics, burst });
  await fan.subscribe();
  expect_progress(
    () => `${fan.steps} steps, ${subscribers - fan.waiting} of ${subscribers} subscribers reached`,
  );
  const window = new Window(target.pid, durations);
  return new Promise((resolve) => {
    fan.on_step = () => {
      const result = window.observe(fan.steps * subscribers * burst);
      if (result === undefined) fan.ask();
      else resolve(result);
    };
    fan.ask();
  });
}

const PONG = client_pong_frame();

/** Answers the pings at the start of these bytes, and returns the rest. A server may ping clients that only receive. */
function answer_pings(connection, bytes) {
  const size = leading_ping_size(bytes);
  if (size === 0) return bytes;
  connection.write(PONG);
  return answer_pings(connection, bytes.subarray(size));
}

class FanOut {
  steps = 0;
  /** The number of connections that have not received all messages of this step yet. */
  waiting = 0;
  on_step = undefined;
  #target;
  #sizes;
  #connections;
  #expected;
  #request;

  constructor(target, sizes) {
    this.#target = target;
    this.#sizes = sizes;
    const { burst, topics } = sizes;
    const request = topics === 1 ? { publish: burst } : { publish: burst, topics };
    this.#request = client_text_frame(this.#wrap(request));
  }

  async subscribe() {
    const { subscribers, topics } = this.#sizes;
    const receiver = {
      received: (connection, bytes) => this.#received(connection, bytes),
      closed: fail_as_closed,
    };
    this.#connections = await open_connections(this.#target, subscribers, receiver);
    for (let topic = 0; topic < topics; topic += 1) {
      const request = this.#wrap({ subscribe: `news_${topic}` });
      const members = Array.from(
        { length: subscribers / topics },
        (_, i) => this.#connections[topic + i * topics],
      );
      await this.#echo(request, members);
    }
  }

  ask() {
    const { burst } = this.#sizes;
    const first = this.steps * burst;
    const texts = Array.from({ length: burst }, (_, i) => this.#wrap(create_news(first + i)));
    this.#expect(texts, this.#connections);
    this.#connections[0].write(this.#request);
  }

  /** Sends subscriptions, and waits for the answers: every server answers with the same message. */
  #echo(text, connections) {
    this.#expect([text], connections);
    for (const connection of connections) connection.write(client_text_frame(text));
    return new Promise((resolve) => {
      this.on_step = () => {
        this.steps = 0;
        resolve();
      };
    });
  }

  #expect(texts, connections) {
    this.#expected = Buffer.concat(texts.map(server_text_frame));
    this.waiting = connections.length;
    for (const connection of connections) connection.position = 0;
  }

  #received(connection, bytes) {
    const expected = this.#expected;
    const start = connection.position;
    const is_between = start === 0 || start === expected.length;
    const published = is_between ? answer_pings(connection, bytes) : bytes;
    const size = Math.min(published.length, expected.length - start);
    const end = start + size;
    const rest = published.subarray(size);
    if (
      published.compare(expected, start, end, 0, size) !== 0 ||
      answer_pings(connection, rest).length > 0
    ) {
      throw new Error(`connection ${connection.index} received bytes that were not published`);
    }
    connection.position = end;
    if (size === 0 || end < expected.length) return;
    this.waiting -= 1;
    if (this.waiting > 0) return;
    this.steps += 1;
    this.on_step();
  }

  #wrap(message) {
    return this.#target.wire.wrap(JSON.stringify(message));
  }
}
