/** A queue keeps this much room once it is empty, so that items which come one at a time allocate nothing. */
const MAX_KEPT_CAPACITY = 16;
const MIN_CAPACITY = 4;

/** All queues that have never held anything share it. Nothing is ever written into it. */
const NO_SLOTS: never[] = [];

/**
 * First in, first out, in constant time: `shift()` of an array moves all that it holds. A ring, whose capacity is a
 * power of two.
 */
export class Queue<Item> {
  #slots: (Item | undefined)[] = NO_SLOTS;
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item that has so many others before it. */
  at(index: number): Item | undefined {
    if (index >= this.#length) return undefined;
    return this.#slots[this.#slot_of(index)];
  }

  push(item: Item): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[this.#slot_of(this.#length)] = item;
    this.#length++;
  }

  /** Takes the first item out. */
  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#first];
    // The queue must not keep alive what has left it.
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
