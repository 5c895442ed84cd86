import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';

const MAX_TOPIC_LENGTH = 256;
const NO_SUBSCRIBERS: ReadonlySet<never> = new Set();

/** Topics and their subscribers. A topic exists as long as it has a subscriber. */
export class Topics<Subscriber> {
  readonly #subscribers = new Map<string, Set<Subscriber>>();

  /** @returns whether this is the topic's first subscriber. */
  subscribe(topic: string, subscriber: Subscriber): boolean {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) this.#subscribers.set(topic, new Set([subscriber]));
    else subscribers.add(subscriber);
    return subscribers === undefined;
  }

  /** @returns whether this was the topic's last subscriber. */
  unsubscribe(topic: string, subscriber: Subscriber): boolean {
    const subscribers = this.#subscribers.get(topic);
    if (!subscribers?.delete(subscriber) || subscribers.size > 0) return false;
    return this.#subscribers.delete(topic);
  }

  subscribers(topic: string): ReadonlySet<Subscriber> {
    return this.#subscribers.get(topic) ?? NO_SUBSCRIBERS;
  }

  /** The topics that have a subscriber. */
  get topics(): Iterable<string> {
    return this.#subscribers.keys();
  }

  /** The number of topics. */
  get size(): number {
    return this.#subscribers.size;
  }
}

/** @throws {WebsocketsError} `bad_argument`, unless the topic is a string of 1 to 256 characters. */
export function check_topic(topic: unknown): void {
  if (typeof topic === 'string' && topic.length > 0 && topic.length <= MAX_TOPIC_LENGTH) return;
  const got = typeof topic === 'string' ? `${topic.length} characters` : describe(topic);
  throw new WebsocketsError(
    'bad_argument',
    `a topic must be a string of 1 to ${MAX_TOPIC_LENGTH} characters; got ${got}`,
    { argument: 'topic' },
  );
}
