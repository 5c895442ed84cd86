import type { Cut } from './random_cuts.ts';
import type { ClientReport } from './reports.ts';

/** An outage of a client, from the break of its connection to the next message that it receives. */
export interface Outage {
  readonly cut: Cut;
  readonly back_at: number;
}

/** Finds the message that ended each outage. */
export class Outages {
  readonly ended: Outage[] = [];
  /** The number of breaks before the client had received a message since the previous one. */
  repeated = 0;
  readonly #cuts = new Map<number, Cut>();
  #on_all_ended = () => {};

  cut(cut: Cut): void {
    // A second break continues the outage, which began with the first one.
    if (this.#cuts.has(cut.client)) this.repeated++;
    else this.#cuts.set(cut.client, cut);
  }

  heard(report: ClientReport): void {
    if (report.kind !== 'first message') return;
    const cut = this.#cuts.get(report.client);
    // It may be a late report of the connection that has broken.
    if (cut === undefined || report.opened_at < cut.at) return;
    this.#cuts.delete(report.client);
    this.ended.push({ cut, back_at: report.at });
    if (this.#cuts.size === 0) this.#on_all_ended();
  }

  /** Resolves once all outages have ended. */
  async all_ended(): Promise<void> {
    if (this.#cuts.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#on_all_ended = resolve;
    });
  }
}
