import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';

const MAX_TOPIC_LENGTH = 256;
const NOBODY: ReadonlySet<never> = new Set();

/** Topics and their subscribers. A topic exists as long as somebody subscribes to it. */
export class Topics<Subscriber> {
  readonly #subscribers = new Map<string, Set<Subscriber>>();

  /** @returns whether it is the first. */
  subscribe(topic: string, subscriber: Subscriber): boolean {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) this.#subscribers.set(topic, new Set([subscriber]));
    else subscribers.add(subscriber);
    return subscribers === undefined;
  }

  /** @returns whether it was the last. */
  unsubscribe(topic: string, subscriber: Subscriber): boolean {
    const subscribers = this.#subscribers.get(topic);
    if (!subscribers?.delete(subscriber) || subscribers.size > 0) return false;
    return this.#subscribers.delete(topic);
  }

  subscribers(topic: string): ReadonlySet<Subscriber> {
    return this.#subscribers.get(topic) ?? NOBODY;
  }

  /** Those that somebody subscribes to. */
  get topics(): Iterable<string> {
    return this.#subscribers.keys();
  }

  /** How many topics there are. */
  get size(): number {
    return this.#subscribers.size;
  }
}

/** @throws {WebsocketsError} `bad_argument`, unless it is a string of 1 to 256 characters. */
export function check_topic(topic: unknown): void {
  if (typeof topic === 'string' && topic.length > 0 && topic.length <= MAX_TOPIC_LENGTH) return;
  const what = typeof topic === 'string' ? `has ${topic.length}` : `is ${describe(topic)}`;
  throw new WebsocketsError(
    'bad_argument',
    `a topic must be a string of 1 to ${MAX_TOPIC_LENGTH} characters; it ${what}`,
    { argument: 'topic' },
  );
}
