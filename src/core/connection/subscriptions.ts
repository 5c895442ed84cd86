import { WebsocketsError } from '../base/errors.ts';
import type { ParsedWebsocket } from '../declare/definition.ts';

/** The topics that one connection subscribes to. */
export class Subscriptions {
  readonly #topics = new Set<string>();

  get topics(): string[] {
    return [...this.#topics];
  }

  /**
   * @returns whether the topic is new.
   * @throws {WebsocketsError} `too_many_topics`, if the connection already subscribes to `options.max_topics` topics.
   */
  add(topic: string, { name, options }: ParsedWebsocket): boolean {
    if (this.#topics.has(topic)) return false;
    if (this.#topics.size >= options.max_topics) {
      throw new WebsocketsError(
        'too_many_topics',
        `a connection of websockets.${name} already subscribes to ${options.max_topics} topics; ` +
          'unsubscribe from one, or raise options.max_topics',
        { endpoint: name, max_topics: options.max_topics },
      );
    }
    this.#topics.add(topic);
    return true;
  }

  /** @returns whether the connection subscribed to the topic. */
  remove(topic: string): boolean {
    return this.#topics.delete(topic);
  }
}
