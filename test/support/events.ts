/** A gate that a test opens when it is ready. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Creates a recorder that keeps entries in order and lets a test wait for them. */
export function recorder() {
  const entries: unknown[] = [];
  let on_entry: (() => void)[] = [];
  const until = async (is_reached: () => boolean) => {
    while (!is_reached()) {
      await new Promise<void>((resolve) => {
        on_entry.push(resolve);
      });
    }
  };
  return {
    entries,
    add(entry: unknown): void {
      entries.push(entry);
      const waiting = on_entry;
      on_entry = [];
      for (const resolve of waiting) resolve();
    },
    reaches: (count: number) => until(() => entries.length >= count),
    until,
    includes: (entry: unknown) => until(() => entries.includes(entry)),
  };
}

/** Resolves with the error that a promise rejects with. */
export function rejection_of(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (error) => error,
  );
}
