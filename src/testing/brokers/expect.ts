/** For suites that run under any runner. @throws unless both are the same as JSON. */
export function expect_equal(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`expected ${wanted}; got ${got}`);
}

const RETRY_EVERY_MILLISECONDS = 20;

/** How long one case of a suite may wait, in all. */
export class Patience {
  readonly #seconds: number;
  readonly #deadline: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#deadline = performance.now() + seconds * 1000;
  }

  /** Tries again and again, for what has no event of its own. @throws once the case has waited too long. */
  async until(is_done: () => boolean | Promise<boolean>, what: string): Promise<void> {
    while (!(await is_done())) {
      if (performance.now() >= this.#deadline) {
        throw new Error(`waited in vain for ${what}: it did not happen within ${this.#seconds} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MILLISECONDS));
    }
  }
}
