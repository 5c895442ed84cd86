import { LoopbackProbe } from '../loopback_probe.ts';
import { SubscriptionChanges } from '../subscription_changes.ts';
import type { CreateRedisLink, RedisLink } from './redis_link.ts';

/** `client.subscribe(...names)` of ioredis is a call of so many arguments. */
const MAX_NAMES_PER_COMMAND = 1_000;
/**
 * How many commands about subscriptions wait for their answers at once. Redis answers for each name, and cuts a subscriber
 * that has not read 32 MiB (`client-output-buffer-limit pubsub`): with names of at most 512 characters these are 9 MiB.
 */
const MAX_COMMANDS_UNDER_WAY = 16;

export interface RedisSessionOwner {
  received(name: string, message: Buffer): void;
  came_up(): void;
  went_down(error: unknown): void;
  /** It is over, and destroyed. Called once, at the most. */
  failed(error: unknown, fell_silent: boolean): void;
}

/** From one connect to the next failure: a connection to publish, another to subscribe, and their probe. */
export class RedisSession {
  readonly #owner: RedisSessionOwner;
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  readonly #probe: LoopbackProbe;
  readonly #beat_name: string;
  /** By name, what the owner wants to hear of. */
  readonly #wanted: ReadonlyMap<string, unknown>;
  readonly #untold = new SubscriptionChanges();
  readonly #failed = (error: unknown) => this.#fail(error);
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
    this.#publisher = create_link({ received() {}, failed: this.#failed });
    this.#subscriber = create_link({
      received: (name, message) => this.#receive(name, message),
      failed: this.#failed,
    });
    this.#probe = new LoopbackProbe({
      send_beat: (number) => this.#send_beat(number),
      came_up: () => owner.came_up(),
      went_down: (error) => {
        // Full, it is up still and will be ready again; silent, it is cut, with all that waits in it.
        if (this.#probe.is_up) owner.went_down(error);
        else this.#fail(error, true);
      },
    });
  }

  get is_ready(): boolean {
    return this.#probe.is_ready;
  }

  /** @param follows_silence whether what was held back may still come. */
  async start(follows_silence: boolean): Promise<void> {
    if (follows_silence) this.#probe.expect_late_ones();
    // It beats from now on, though unheard: also who hangs while connecting is found out.
    this.#probe.start();
    try {
      await Promise.all([this.#publisher.open(), this.#subscriber.open()]);
      if (this.#is_over) return;
      // What changed while it opened is part of what is wanted now.
      this.#untold.clear();
      await this.#subscribe([this.#beat_name, ...this.#wanted.keys()]);
      if (this.#is_over) return;
      this.#is_open = true;
      this.#probe.start();
      this.#tell();
    } catch (error) {
      this.#fail(error);
    }
  }

  publish(name: string, message: Buffer): void {
    this.#send(name, message);
    this.#probe.charge(name.length + message.length);
  }

  subscribe(name: string): void {
    this.#untold.subscribe(name);
    this.#tell();
  }

  unsubscribe(name: string): void {
    this.#untold.unsubscribe(name);
    this.#tell();
  }

  async destroy(): Promise<void> {
    this.#is_over = true;
    this.#probe.stop();
    await Promise.all([this.#publisher.destroy(), this.#subscriber.destroy()]);
  }

  #fail(error: unknown, fell_silent = false): void {
    if (this.#is_over) return;
    this.destroy();
    this.#owner.failed(error, fell_silent);
  }

  #receive(name: string, message: Buffer): void {
    if (this.#is_over) return;
    if (name === this.#beat_name) this.#probe.heard(Number(message.toString()));
    // Until it is up, this is what an engine that hung has held back.
    else if (this.#probe.is_up) this.#owner.received(name, message);
  }

  #send_beat(number: number): void {
    if (this.#is_open) this.#send(this.#beat_name, Buffer.from(String(number)));
  }

  #send(name: string, message: Buffer): void {
    this.#publisher.publish(name, message).catch(this.#failed);
  }

  /** Tells Redis what has changed. What changes meanwhile waits until that is answered, and is told together. */
  async #tell(): Promise<void> {
    if (this.#is_telling || !this.#is_open) return;
    this.#is_telling = true;
    try {
      while (this.#untold.size > 0 && !this.#is_over) {
        const [wanted, unwanted]: [string[], string[]] = [[], []];
        for (const [name, is_wanted] of this.#untold.take()) {
          (is_wanted ? wanted : unwanted).push(name);
        }
        await this.#subscribe(wanted);
        await this.#in_batches(unwanted, (batch) => this.#subscriber.unsubscribe(batch));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#is_telling = false;
    }
  }

  #subscribe(names: string[]): Promise<unknown> {
    return this.#in_batches(names, (batch) => this.#subscriber.subscribe(batch));
  }

  /** Several at once: one after another, each would take the way to Redis and back. */
  #in_batches(names: string[], tell: (batch: string[]) => Promise<unknown>): Promise<unknown> {
    const batches = batches_of(names);
    const tell_on = async () => {
      for (const batch of batches) {
        await tell(batch);
        // Until it is open, no beat can come round.
        if (!this.#is_open) this.#probe.answered();
      }
    };
    const count = Math.ceil(names.length / MAX_NAMES_PER_COMMAND);
    return Promise.all(Array.from({ length: Math.min(count, MAX_COMMANDS_UNDER_WAY) }, tell_on));
  }
}

function* batches_of(names: string[]): Generator<string[]> {
  for (let start = 0; start < names.length; start += MAX_NAMES_PER_COMMAND) {
    yield names.slice(start, start + MAX_NAMES_PER_COMMAND);
  }
}
