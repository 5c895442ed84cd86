import { WebsocketsError } from '../base/errors.ts';
import type { ParsedWebsocket } from '../declare/definition.ts';

/** The topics that one connection subscribes to. */
export class Subscriptions {
  readonly #topics = new Set<string>();

  get topics(): string[] {
    return [...this.#topics];
  }

  /**
   * @returns whether it is new.
   * @throws {WebsocketsError} `too_many_topics`.
   */
  add(topic: string, { name, options }: ParsedWebsocket): boolean {
    if (this.#topics.has(topic)) return false;
    if (this.#topics.size >= options.max_topics) {
      throw new WebsocketsError(
        'too_many_topics',
        `a connection of websockets.${name} subscribes to ${options.max_topics} topics already; ` +
          'unsubscribe from one, or raise options.max_topics',
        { endpoint: name, max_topics: options.max_topics },
      );
    }
    this.#topics.add(topic);
    return true;
  }

  /** @returns whether it was there. */
  remove(topic: string): boolean {
    return this.#topics.delete(topic);
  }
}
