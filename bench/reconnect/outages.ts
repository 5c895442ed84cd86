import type { Cut } from './random_cuts.ts';
import type { ClientReport } from './reports.ts';

/** From the cut of a connection to the next message that its client receives. */
export interface Outage {
  readonly cut: Cut;
  readonly back_at: number;
}

/** Finds the message that ended each outage. */
export class Outages {
  readonly ended: Outage[] = [];
  /** Clients that were cut again before they had received a message. */
  repeated = 0;
  readonly #cuts = new Map<number, Cut>();
  #on_all_ended = () => {};

  cut(cut: Cut): void {
    // The outage goes on: it began with the first cut.
    if (this.#cuts.has(cut.client)) this.repeated++;
    else this.#cuts.set(cut.client, cut);
  }

  heard(report: ClientReport): void {
    if (report.kind !== 'first message') return;
    const cut = this.#cuts.get(report.client);
    // It may be the report of the connection that was cut, on its way meanwhile.
    if (cut === undefined || report.opened_at < cut.at) return;
    this.#cuts.delete(report.client);
    this.ended.push({ cut, back_at: report.at });
    if (this.#cuts.size === 0) this.#on_all_ended();
  }

  /** Resolves once no outage goes on. */
  async all_ended(): Promise<void> {
    if (this.#cuts.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#on_all_ended = resolve;
    });
  }
}
