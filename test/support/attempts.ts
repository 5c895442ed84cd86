const SLOT_IN_MS = 100;

/** The attempts of many clients to connect, counted for each 100 ms. */
export class Attempts {
  readonly #clients: number;
  readonly #slots: number[] = [];

  constructor(clients: number) {
    this.#clients = clients;
  }

  /** @param at_in_ms the time since the clients have lost their server. */
  add(at_in_ms: number): void {
    const slot = Math.floor(at_in_ms / SLOT_IN_MS);
    while (this.#slots.length <= slot) this.#slots.push(0);
    this.#slots[slot] = (this.#slots[slot] ?? 0) + 1;
  }

  /** The end of the slot with the latest attempt. */
  get end_in_ms(): number {
    return this.#slots.length * SLOT_IN_MS;
  }

  /** The number of attempts in the busiest slot from a given time on, as a share of all clients. */
  busiest(from_in_ms = 0): number {
    return Math.max(...this.#slots.slice(from_in_ms / SLOT_IN_MS)) / this.#clients;
  }

  /** Returns one line for each half second, with its busiest slot. */
  histogram(title: string): string {
    const lines = [`${title}: attempts per ${SLOT_IN_MS} ms, the busiest of each half second`];
    for (let slot = 0; slot < this.#slots.length; slot += 5) {
      const busiest = Math.max(...this.#slots.slice(slot, slot + 5)) / this.#clients;
      const share = (100 * busiest).toFixed(1).padStart(5);
      const seconds = ((slot * SLOT_IN_MS) / 1000).toFixed(1).padStart(5);
      lines.push(`${seconds} s ${share} % ${'#'.repeat(Math.ceil(60 * busiest))}`);
    }
    return lines.join('\n');
  }

  /** Returns the important figures: the busiest slot of all, after the first second, and after the server's return. */
  summary(return_in_ms: number): string {
    const [first, later, last] = [0, 1000, return_in_ms].map(
      (ms) => `${(100 * this.busiest(ms)).toFixed(2)} %`,
    );
    return `Busiest: ${first}; after 1 s: ${later}; after the return: ${last}`;
  }
}
