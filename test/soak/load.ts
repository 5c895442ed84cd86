import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Violations } from './contract.ts';
import { HonestClient } from './honest_client.ts';
import { Latencies } from './latencies.ts';
import { attack, live_slowly, vanish } from './other_clients.ts';

/** The clients of a soak. */
export class Load {
  readonly port: number;
  readonly url: string;
  /** The number of messages per second that each honest client sends, on average. */
  readonly rate: number;
  readonly violations = new Violations();
  readonly latencies = new Latencies();
  /** The last message of each client that a shutdown closed, by id. */
  readonly sent_until_shutdown = new Map<string, number>();
  readonly #ending = new AbortController();
  readonly #lives: Promise<void>[] = [];
  #ids = 0;

  constructor(port: number, rate: number) {
    this.port = port;
    this.url = `ws://127.0.0.1:${port}/api/_websockets`;
    this.rate = rate;
    // Every waiting client listens to it.
    setMaxListeners(0, this.#ending.signal);
  }

  get is_ending(): boolean {
    return this.#ending.signal.aborted;
  }

  next_id(): string {
    return String(this.#ids++);
  }

  /** Starts the clients, the first hundred at once. Of a hundred, one reads slowly, one vanishes and one attacks. */
  async start(connections: number): Promise<void> {
    for (let index = 0; index < connections && !this.is_ending; index++) {
      this.#lives.push(this.#live_on(LIVES[index % 100] ?? live_honestly));
      if (index % 100 === 99) await sleep(200);
    }
  }

  /** Starts no more clients, and ends all waits. */
  end(): void {
    this.#ending.abort();
  }

  async ended(): Promise<void> {
    await Promise.all(this.#lives);
  }

  /** Waits, but not longer than the soak lasts. */
  async rest(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#ending.signal }).catch(() => {});
  }

  async #live_on(live: (load: Load) => Promise<void>): Promise<void> {
    while (!this.is_ending) {
      await live(this);
      await this.rest(Math.random() * 200);
    }
  }
}

const LIVES = [live_slowly, vanish, attack];

function live_honestly(load: Load): Promise<void> {
  return new HonestClient(load).live();
}
