/** Whether something is to be awaited. Throws what reading its `then` throws. */
export function is_thenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** A promise that settles once, as the platform has it, whatever `then` a value has of its own. */
export function adopt(value: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(value);
  });
}

/** What nobody waits for must not end the process where it rejects. */
export function ignore_rejection(value: unknown): void {
  adopt(value).catch(() => {});
}
