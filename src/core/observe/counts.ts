/** Counts events by key. */
export class Counts<Key extends string | number = string> {
  readonly #counts = new Map<Key, number>();

  add(key: Key): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  read(): Record<Key, number> {
    return Object.fromEntries(this.#counts) as Record<Key, number>;
  }
}
