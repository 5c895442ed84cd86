import { LoopbackProbe } from '../loopback_probe.ts';
import { SubscriptionChanges } from '../subscription_changes.ts';
import type { CreateRedisLink, RedisLink } from './redis_link.ts';

/** The number of arguments in a call of `client.subscribe(...names)` of ioredis. */
const MAX_NAMES_PER_COMMAND = 1_000;
/**
 * The number of subscription commands that may wait for their answers at the same time. Redis answers once for each name,
 * and disconnects a subscriber with 32 MiB of unread answers (`client-output-buffer-limit pubsub`). With names of at
 * most 512 characters, the answers to these commands have 9 MiB.
 */
const MAX_COMMANDS_UNDER_WAY = 16;

export interface RedisSessionOwner {
  received(name: string, message: Buffer): void;
  came_up(): void;
  went_down(error: unknown): void;
  /** Called at most once, when the session has failed and is destroyed. */
  failed(error: unknown, fell_silent: boolean): void;
}

/**
 * A session with Redis, from one connect to the next failure. It consists of a connection to publish, another one to
 * subscribe, and their probe.
 */
export class RedisSession {
  readonly #owner: RedisSessionOwner;
  readonly #publisher: RedisLink;
  readonly #subscriber: RedisLink;
  readonly #probe: LoopbackProbe;
  readonly #beat_name: string;
  /** The channels that the owner wants to receive, by name. */
  readonly #wanted: ReadonlyMap<string, unknown>;
  readonly #untold = new SubscriptionChanges();
  readonly #failed = (error: unknown) => this.#fail(error);
  #is_telling = false;
  #is_open = false;
  #is_over = false;

  /** @param beat_name a channel that only this node uses. */
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
        // A full session is still up, and will be ready again. A silent one is terminated with all that waits in it.
        if (this.#probe.is_up) owner.went_down(error);
        else this.#fail(error, true);
      },
    });
  }

  get is_ready(): boolean {
    return this.#probe.is_ready;
  }

  /** @param follows_silence whether late messages may still arrive. */
  async start(follows_silence: boolean): Promise<void> {
    if (follows_silence) this.#probe.expect_late_ones();
    // The probe runs before the session is open, so that it also detects a server that hangs while connecting.
    this.#probe.start();
    try {
      await Promise.all([this.#publisher.open(), this.#subscriber.open()]);
      if (this.#is_over) return;
      // The wanted channels already include the changes since the start.
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
    // Before the probe is up, messages are late: an engine that hung has held them back.
    else if (this.#probe.is_up) this.#owner.received(name, message);
  }

  #send_beat(number: number): void {
    if (this.#is_open) this.#send(this.#beat_name, Buffer.from(String(number)));
  }

  #send(name: string, message: Buffer): void {
    this.#publisher.publish(name, message).catch(this.#failed);
  }

  /** Sends the changed subscriptions to Redis. Changes in the meantime wait for the answer, and are sent together. */
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

  /** Sends batches of names, several at the same time. One after another, each would need a round trip to Redis. */
  #in_batches(names: string[], tell: (batch: string[]) => Promise<unknown>): Promise<unknown> {
    const batches = batches_of(names);
    const tell_on = async () => {
      for (const batch of batches) {
        await tell(batch);
        // Before the session is open, no beat can return.
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
