import { type Refusal, SERVER_FULL, TOO_MANY_CONNECTIONS } from './refusal.ts';

/** An endpoint that counts its clients and may limit their number. */
export interface Seated {
  readonly max_connections: number;
  /** The number of clients that are connected or wait to be. */
  seats: number;
}

/** The limits of a mount. 0 switches a limit off. */
export interface SeatLimits {
  readonly max_connections: number;
  readonly max_connections_per_address: number;
}

/**
 * A count of the clients that are connected or wait to be. A client counts from its request until its
 * `on_close` settles.
 */
export class Seats {
  readonly #limits: SeatLimits;
  readonly #by_address = new Map<string, number>();
  #taken = 0;

  constructor(limits: SeatLimits) {
    this.#limits = limits;
  }

  /** Returns the refusal for one more client, or `undefined` if there is room for it. */
  why_full(endpoint: Seated, address: string): Refusal | undefined {
    const { max_connections, max_connections_per_address } = this.#limits;
    if (is_full(endpoint.seats, endpoint.max_connections)) return SERVER_FULL;
    if (is_full(this.#taken, max_connections)) return SERVER_FULL;
    const from_there = this.#by_address.get(address) ?? 0;
    return is_full(from_there, max_connections_per_address) ? TOO_MANY_CONNECTIONS : undefined;
  }

  take(endpoint: Seated, address: string): void {
    endpoint.seats++;
    this.#taken++;
    // Clients whose address is unknown may have different addresses.
    if (this.#limits.max_connections_per_address === 0 || address === '') return;
    this.#by_address.set(address, (this.#by_address.get(address) ?? 0) + 1);
  }

  leave(endpoint: Seated, address: string): void {
    endpoint.seats--;
    this.#taken--;
    const others = (this.#by_address.get(address) ?? 0) - 1;
    if (others > 0) this.#by_address.set(address, others);
    else this.#by_address.delete(address);
  }
}

function is_full(taken: number, limit: number): boolean {
  return limit > 0 && taken >= limit;
}
