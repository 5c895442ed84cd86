/** The latencies of answers since the last reading. */
export class Latencies {
  #milliseconds: number[] = [];

  add(milliseconds: number): void {
    this.#milliseconds.push(milliseconds);
  }

  read() {
    const sorted = Float64Array.from(this.#milliseconds).sort();
    this.#milliseconds = [];
    const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return { count: sorted.length, p50: quantile(0.5), p99: quantile(0.99), most: quantile(1) };
  }
}
