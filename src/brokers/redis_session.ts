import { Pulse } from './pulse.ts';
import type { CreateRedisLink, RedisLink } from './redis_link.ts';

/** `client.subscribe(...names)` of ioredis is a call of so many arguments. */
const MAX_NAMES_PER_COMMAND = 1_000;

export interface RedisSessionOwner {
  received(name: string, message: Buffer): void;
  came_up(): void;
  went_down(error: unknown): void;
  /** It is over, and destroyed. Called once, at the most. */
  failed(error: unknown, fell_silent: boolean): void;
}

/** From one connect to the next failure: a connection to publish, another to subscribe, and their pulse. */
export class RedisSession {
  readonly #owner: RedisSessionOwner;
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  readonly #pulse: Pulse;
  readonly #beat_name: string;
  /** What the owner wants to hear of, and what Redis was told; each names only those that may differ. */
  readonly #wanted: ReadonlyMap<string, unknown>;
  readonly #subscribed = new Set<string>();
  readonly #changed = new Set<string>();
  #is_telling = false;
  #is_open = false;
  #is_over = false;

  /** @param beat_name a channel of this node's own. */
  constructor(
    create_link: CreateRedisLink,
    wanted: ReadonlyMap<string, unknown>,
    beat_name: string,
    owner: RedisSessionOwner,
  ) {
    this.#owner = owner;
    this.#wanted = wanted;
    this.#beat_name = beat_name;
    const failed = (error: unknown) => this.#fail(error);
    this.#publisher = create_link({ received() {}, failed });
    this.#subscriber = create_link({
      received: (name, message) => this.#receive(name, message),
      failed,
    });
    this.#pulse = new Pulse({
      send_beat: (number) => this.#send_beat(number),
      came_up: () => owner.came_up(),
      went_down: (error) => {
        // Full, it is up still and will be ready again; silent, it is cut, with all that waits in it.
        if (this.#pulse.is_up) owner.went_down(error);
        else this.#fail(error, true);
      },
    });
  }

  get is_ready(): boolean {
    return this.#pulse.is_ready;
  }

  /** @param follows_silence whether what was held back may still come. */
  async start(follows_silence: boolean): Promise<void> {
    if (follows_silence) this.#pulse.expect_late_ones();
    // It beats from now on, though unheard: also who hangs while connecting is found out.
    this.#pulse.start();
    try {
      await Promise.all([this.#publisher.open(), this.#subscriber.open()]);
      if (this.#is_over) return;
      await this.#subscribe([this.#beat_name, ...this.#wanted.keys()]);
      if (this.#is_over) return;
      this.#is_open = true;
      this.#pulse.start();
      this.#tell();
    } catch (error) {
      this.#fail(error);
    }
  }

  publish(name: string, message: Buffer): void {
    this.#send(name, message);
    this.#pulse.published(name.length + message.length);
  }

  /** Whether the name is wanted has changed. */
  change(name: string): void {
    this.#changed.add(name);
    this.#tell();
  }

  async destroy(): Promise<void> {
    this.#is_over = true;
    this.#pulse.stop();
    await Promise.all([this.#publisher.destroy(), this.#subscriber.destroy()]);
  }

  #fail(error: unknown, fell_silent = false): void {
    if (this.#is_over) return;
    this.destroy();
    this.#owner.failed(error, fell_silent);
  }

  #receive(name: string, message: Buffer): void {
    if (this.#is_over) return;
    if (name === this.#beat_name) this.#pulse.heard(Number(message.toString()));
    // Until it is up, this is what an engine that hung has held back.
    else if (this.#pulse.is_up) this.#owner.received(name, message);
  }

  #send_beat(number: number): void {
    if (this.#is_open) this.#send(this.#beat_name, Buffer.from(String(number)));
  }

  #send(name: string, message: Buffer): void {
    this.#publisher.publish(name, message).catch((error) => this.#fail(error));
  }

  /** Tells Redis what has changed: one command at a time, for all that changed meanwhile. */
  async #tell(): Promise<void> {
    if (this.#is_telling || !this.#is_open) return;
    this.#is_telling = true;
    try {
      while (this.#changed.size > 0 && !this.#is_over) {
        const names = [...this.#changed];
        this.#changed.clear();
        await this.#subscribe(
          names.filter((name) => this.#wanted.has(name) && !this.#subscribed.has(name)),
        );
        await this.#unsubscribe(
          names.filter((name) => !this.#wanted.has(name) && this.#subscribed.has(name)),
        );
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#is_telling = false;
    }
  }

  async #subscribe(names: string[]): Promise<void> {
    for (const batch of batches_of(names)) {
      for (const name of batch) this.#subscribed.add(name);
      await this.#subscriber.subscribe(batch);
    }
  }

  async #unsubscribe(names: string[]): Promise<void> {
    for (const batch of batches_of(names)) {
      for (const name of batch) this.#subscribed.delete(name);
      await this.#subscriber.unsubscribe(batch);
    }
  }
}

function batches_of(names: string[]): string[][] {
  const count = Math.ceil(names.length / MAX_NAMES_PER_COMMAND);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * MAX_NAMES_PER_COMMAND, (index + 1) * MAX_NAMES_PER_COMMAND),
  );
}
