import type { DelayProxy } from './delay_proxy.ts';
import { type CutKind, type Link, SILENCE_IN_MS } from './link.ts';

/** A connection that was cut. Times are in milliseconds of the epoch. */
export interface Cut {
  readonly client: number;
  readonly kind: CutKind;
  /** From when on nothing arrived. */
  readonly at: number;
  /** When the network told the client: that moment, or the end of the silence. */
  readonly told_at: number;
}

/** Half of the cuts are resets, a quarter ends, and a quarter silences. */
const KINDS: readonly CutKind[] = ['reset', 'reset', 'end', 'silence'];

/** Cuts each connection at random: its life is exponentially distributed. */
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

  /** Cuts no connection any more. */
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
    // Of a connection that was cut before it has said who it is, the client counts a failed attempt.
    if (link.client !== undefined) this.#on_cut({ client: link.client, kind, at, told_at });
  }
}
