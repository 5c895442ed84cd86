/** An assertion that does not depend on the test runner. @throws unless both values are the same as JSON. */
export function expect_equal(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`expected ${wanted}; got ${got}`);
}

const RETRY_EVERY_MILLISECONDS = 20;

/** The time that one case of a suite may wait in total. */
export class Patience {
  readonly #seconds: number;
  readonly #deadline: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#deadline = performance.now() + seconds * 1000;
  }

  /** Repeats a check until it is true, for a change without an event. @throws if the case has waited too long. */
  async until(is_done: () => boolean | Promise<boolean>, what: string): Promise<void> {
    while (!(await is_done())) {
      if (performance.now() >= this.#deadline) {
        throw new Error(`timed out after ${this.#seconds} s while waiting for ${what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MILLISECONDS));
    }
  }
}
