import type { DelayProxy } from './delay_proxy.ts';
import { type CutKind, type Link, SILENCE_IN_MS } from './link.ts';

/** A break of a connection. Times are in milliseconds since the epoch. */
export interface Cut {
  readonly client: number;
  readonly kind: CutKind;
  /** When bytes stopped arriving. */
  readonly at: number;
  /** When the client could notice it: immediately, or at the end of a silence. */
  readonly told_at: number;
}

/** Half of the breaks are resets, a quarter are ends and a quarter are silences. */
const KINDS: readonly CutKind[] = ['reset', 'reset', 'end', 'silence'];

/** Breaks each connection at random. The lifetimes are exponentially distributed. */
export class RandomCuts {
  readonly #mean_life_in_ms: number;
  readonly #on_cut: (cut: Cut) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #is_stopped = false;

  constructor(proxy: DelayProxy, mean_life_in_ms: number, on_cut: (cut: Cut) => void) {
    this.#mean_life_in_ms = mean_life_in_ms;
    this.#on_cut = on_cut;
    for (const link of proxy.links) this.#doom(link);
    proxy.on_link = (link) => this.#doom(link);
  }

  /** Stops breaking connections. */
  stop(): void {
    this.#is_stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #doom(link: Link): void {
    if (this.#is_stopped) return;
    const life_in_ms = -Math.log(1 - Math.random()) * this.#mean_life_in_ms;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#cut(link);
    }, life_in_ms);
    this.#timers.add(timer);
  }

  #cut(link: Link): void {
    const kind = KINDS[Math.floor(Math.random() * KINDS.length)] as CutKind;
    const at = Date.now();
    link.cut(kind);
    const told_at = kind === 'silence' ? at + SILENCE_IN_MS : at;
    // If the client has not sent its number yet, the break only causes a failed attempt.
    if (link.client !== undefined) this.#on_cut({ client: link.client, kind, at, told_at });
  }
}
