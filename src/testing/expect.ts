/** For suites that run under any runner. @throws unless both are the same as JSON. */
export function expect_equal(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`expected ${wanted}; got ${got}`);
}

const TIMEOUT_IN_MILLISECONDS = 10_000;
const RETRY_EVERY_MILLISECONDS = 20;

/** Tries again and again, for what has no event of its own. @throws after 10 s. */
export async function retry_until(
  is_done: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  for (let waited = 0; waited < TIMEOUT_IN_MILLISECONDS; waited += RETRY_EVERY_MILLISECONDS) {
    if (await is_done()) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MILLISECONDS));
  }
  throw new Error(`waited in vain for ${what}`);
}
