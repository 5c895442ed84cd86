import { describe } from '../core/base/problems.ts';

/** What went wrong in an endpoint under test, and whether the test has looked at it. */
export class Failures {
  readonly #all: unknown[] = [];
  #unseen: unknown[] = [];

  /** All of it; whoever reads them has looked at them. */
  get seen(): unknown[] {
    this.#unseen = [];
    return [...this.#all];
  }

  /** Something that the endpoint dealt with: `on_error` was given it. */
  add_handled(error: unknown): void {
    this.#all.push(error);
  }

  /** Something that was only logged. */
  add(error: unknown, handler: unknown): void {
    // What on_error fails with is often what it was given.
    const is_known = handler === 'on_error' && this.#all.includes(error);
    if (!is_known) this.#all.push(error);
    this.#unseen.push(error);
  }

  /** The end of an error message, for somebody who waits in vain. */
  explain(): string {
    if (this.#unseen.length === 0) return '';
    return `; the endpoint failed: ${this.#unseen.map(describe).join(', ')}`;
  }

  /** @throws what nobody has looked at. */
  throw_if_unseen(): void {
    const unseen = this.#unseen.map(to_error);
    this.#unseen = [];
    if (unseen.length === 1) throw unseen[0];
    if (unseen.length > 1) {
      throw new AggregateError(
        unseen,
        `${unseen.length} failures that the test did not look at: ${unseen.map(describe).join(', ')}`,
      );
    }
  }
}

function to_error(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(`a handler failed with ${describe(thrown)}`, { cause: thrown });
}
