import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Answer, FromClient, Tick, Wish } from './contract.ts';
import type { Load } from './load.ts';

const WISHES: readonly [share: number, Wish][] = [
  [0.9, 'echo'],
  [0.06, 'sleep'],
  [0.038, 'throw'],
  [0.002, 'stream'],
];
const SIZES_IN_BYTES: readonly [share: number, most: number][] = [
  [0.85, 300],
  [0.13, 10_000],
  [0.018, 100_000],
  [0.002, 900_000],
];

/** A client that follows the rules for the life of one connection, and checks that the server does, too. */
export class HonestClient {
  readonly #load: Load;
  readonly #id: string;
  readonly #is_fragile: boolean;
  readonly #socket: WebSocket;
  readonly #unanswered: { number: number; wish: Wish; at: number }[] = [];
  readonly #closed: Promise<void>;
  #sent = 0;
  #answers = 0;
  #tick: number | undefined;
  #expected_code: number | undefined;
  #last_slow_at = 0;
  #on_answered: (() => void) | undefined;

  constructor(load: Load) {
    this.#load = load;
    this.#id = load.next_id();
    this.#is_fragile = Math.random() < 0.1;
    const url = `${load.url}/${this.#is_fragile ? 'fragile' : 'soak'}?id=${this.#id}`;
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0 });
    this.#socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    this.#socket.on('error', (error) => {
      if (!load.is_ending) load.violations.add(`an honest client fails: ${error.message}`);
    });
    // Not with once(), which rejects if there is an error first.
    this.#closed = new Promise((resolve) => {
      this.#socket.once('close', (code, reason) => {
        this.#finish(code, String(reason));
        resolve();
      });
    });
  }

  async live(): Promise<void> {
    if (!(await this.#opens())) return;
    const end = performance.now() + 1_000 + Math.random() ** 2 * 60_000;
    while (this.#is_open && performance.now() < end) {
      const burst = Math.random() < 0.1 ? 10 : 1;
      for (let count = 0; count < burst; count++) this.#send(this.#choose());
      await this.#rest((burst * -Math.log(1 - Math.random()) * 1_000) / this.#load.rate);
    }
    if (this.#is_open) await this.#end();
    await this.#closed;
  }

  async #opens(): Promise<boolean> {
    await Promise.race([once(this.#socket, 'open').catch(() => {}), this.#closed]);
    return this.#is_open;
  }

  get #is_open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Waits, but not longer than the connection lasts. */
  async #rest(milliseconds: number): Promise<void> {
    const stop = new AbortController();
    await Promise.race([
      sleep(milliseconds, undefined, { signal: stop.signal }).catch(() => {}),
      this.#closed,
    ]);
    stop.abort();
  }

  #choose(): Wish {
    const wish = pick(WISHES);
    return this.#is_fragile && wish === 'throw' ? 'echo' : wish;
  }

  #send(wish: Wish): void {
    if (!this.#is_open) return;
    const number = ++this.#sent;
    const size = Math.ceil(Math.random() * pick(SIZES_IN_BYTES));
    const padding = wish === 'echo' ? 'x'.repeat(size) : '';
    this.#unanswered.push({ number, wish, at: performance.now() });
    this.#socket.send(JSON.stringify({ number, wish, padding } satisfies FromClient));
  }

  #receive(message: Answer | Tick): void {
    const { violations } = this.#load;
    if ('tick' in message) {
      const is_next = this.#tick === undefined || message.tick === this.#tick + 1;
      violations.check(is_next, 'a published message is lost, repeated or reordered');
      this.#tick = message.tick;
      return;
    }
    violations.check(message.answer === this.#answers, 'an answer is lost, repeated or reordered');
    this.#answers = message.answer + 1;
    if (message.to === 0) return;
    const [first] = this.#unanswered;
    violations.check(first?.number === message.to, 'an answer belongs to another message');
    if (message.has_more) {
      this.#read_slowly();
      return;
    }
    this.#unanswered.shift();
    if (first !== undefined) this.#measure(first);
    if (this.#unanswered.length === 0) this.#on_answered?.();
  }

  #measure({ wish, at }: { wish: Wish; at: number }): void {
    const now = performance.now();
    // An answer that waited behind a slow message does not show the latency of the server.
    if (wish !== 'echo') this.#last_slow_at = now;
    else if (at > this.#last_slow_at) this.#load.latencies.add(now - at);
  }

  /** Reads as slowly as a client that processes a stream. */
  #read_slowly(): void {
    if (Math.random() < 0.5 || !this.#is_open) return;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), Math.random() * 20);
  }

  async #end(): Promise<void> {
    const chance = Math.random();
    if (this.#is_fragile) {
      this.#expected_code = 1011;
      this.#send('throw');
    } else if (chance < 0.6) {
      for (let count = 0; count < 3; count++) this.#send(this.#choose());
      this.#expected_code = 4000;
      this.#socket.close(4000, String(this.#sent));
    } else if (chance < 0.85) {
      await this.#answered();
      this.#expected_code = 4001;
      this.#send('close');
    } else {
      this.#expected_code = 1006;
      this.#socket.terminate();
    }
  }

  #answered(): Promise<unknown> {
    if (this.#unanswered.length === 0) return Promise.resolve();
    const answered = new Promise<void>((resolve) => {
      this.#on_answered = resolve;
    });
    return Promise.race([answered, this.#closed]);
  }

  #finish(code: number, reason: string): void {
    const { violations, is_ending } = this.#load;
    if (is_ending && code === 1012) {
      this.#load.sent_until_shutdown.set(this.#id, this.#sent);
      return;
    }
    // A client that was not connected yet is refused.
    if (is_ending && code === 1006 && this.#answers === 0) return;
    const is_expected = code === this.#expected_code;
    violations.check(is_expected, `an honest client is closed with ${code} ${reason}`);
    if (code === 4001) {
      violations.check(Number(reason) === this.#answers, 'an answer before a close is lost');
    }
    if (code === 1011) {
      violations.check(this.#unanswered.length === 1, 'an answer before a failure is lost');
    }
  }
}

function pick<T>(choices: readonly [share: number, choice: T][]): T {
  let rest = Math.random();
  for (const [share, choice] of choices) {
    rest -= share;
    if (rest < 0) return choice;
  }
  return (choices[0] as [number, T])[1];
}
