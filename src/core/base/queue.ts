/** The number of slots that an empty queue may keep, so that items which come one at a time allocate nothing. */
const MAX_KEPT_CAPACITY = 16;
const MIN_CAPACITY = 4;

/** An array that all queues without slots share. Never written to. */
const NO_SLOTS: never[] = [];

/**
 * A first-in, first-out queue with constant-time operations: `shift()` of an array moves all remaining items.
 * The slots form a ring, and their number is a power of two.
 */
export class Queue<Item> {
  #slots: (Item | undefined)[] = NO_SLOTS;
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the item at this position: the first item is at 0. */
  at(index: number): Item | undefined {
    if (index >= this.#length) return undefined;
    return this.#slots[this.#slot_of(index)];
  }

  push(item: Item): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[this.#slot_of(this.#length)] = item;
    this.#length++;
  }

  /** Removes the first item and returns it. */
  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#first];
    // Otherwise the queue would keep the removed item alive.
    this.#slots[this.#first] = undefined;
    this.#first = this.#slot_of(1);
    this.#length--;
    if (this.#length === 0 && this.#slots.length > MAX_KEPT_CAPACITY) this.clear();
    return item;
  }

  clear(): void {
    this.#slots = NO_SLOTS;
    this.#first = 0;
    this.#length = 0;
  }

  #slot_of(index: number): number {
    return (this.#first + index) & (this.#slots.length - 1);
  }

  #grow(): void {
    const slots: (Item | undefined)[] = [];
    const capacity = Math.max(MIN_CAPACITY, this.#slots.length * 2);
    for (let index = 0; index < capacity; index++) slots.push(this.at(index));
    this.#slots = slots;
    this.#first = 0;
  }
}
