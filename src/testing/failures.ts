import { describe } from '../core/base/problems.ts';

/** The failures of an endpoint under test, and whether the test has looked at them. */
export class Failures {
  readonly #all: unknown[] = [];
  #unseen: unknown[] = [];

  /** All failures so far. Reading them marks them as looked at. */
  get seen(): unknown[] {
    this.#unseen = [];
    return [...this.#all];
  }

  /** Adds a failure that was passed to `on_error`, so that the endpoint has handled it. */
  add_handled(error: unknown): void {
    this.#all.push(error);
  }

  /** Adds a failure that was only logged. */
  add(error: unknown, handler: unknown): void {
    // on_error often throws the same error that it has received.
    const is_known = handler === 'on_error' && this.#all.includes(error);
    if (!is_known) this.#all.push(error);
    this.#unseen.push(error);
  }

  /** Returns the end of the error message for a wait that times out. */
  explain(): string {
    if (this.#unseen.length === 0) return '';
    return `; the endpoint failed: ${this.#unseen.map(describe).join(', ')}`;
  }

  /** @throws the failures that the test has not looked at. */
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
