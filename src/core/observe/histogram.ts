const BOUNDS_IN_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The distribution of durations. */
export interface HistogramStats {
  readonly count: number;
  readonly sum_in_seconds: number;
  /** The number of durations up to each bound; buckets are cumulative. Longer durations are only in `count`. */
  readonly buckets: { readonly at_most_in_seconds: number; readonly count: number }[];
}

/** Counts durations by their length. */
export class Histogram {
  readonly #counts = new Array<number>(BOUNDS_IN_SECONDS.length).fill(0);
  #count = 0;
  #sum_in_milliseconds = 0;

  add(milliseconds: number): void {
    this.#count++;
    this.#sum_in_milliseconds += milliseconds;
    const seconds = milliseconds / 1000;
    let index = 0;
    while (index < BOUNDS_IN_SECONDS.length && seconds > (BOUNDS_IN_SECONDS[index] ?? 0)) index++;
    if (index < BOUNDS_IN_SECONDS.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  read(): HistogramStats {
    let count = 0;
    return {
      count: this.#count,
      sum_in_seconds: this.#sum_in_milliseconds / 1000,
      buckets: BOUNDS_IN_SECONDS.map((at_most_in_seconds, index) => {
        count += this.#counts[index] ?? 0;
        return { at_most_in_seconds, count };
      }),
    };
  }
}
