/** Whether a value has a `then` method and can be awaited. If reading `then` throws, so does this function. */
export function is_thenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Returns a native promise for a value. It settles at most once, even if the value's own `then` is faulty. */
export function adopt(value: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(value);
  });
}

/** Handles the rejection of a promise that no code awaits: Node would end the process otherwise. */
export function ignore_rejection(value: unknown): void {
  adopt(value).catch(() => {});
}
