import { read_cpu_in_seconds } from './server_process.mjs';

/** The maximum ratio of a window's wall time to its CPU time, because a server may not be busy all the time. */
const MAX_WALL_PER_CPU = 3;

const LEAST_TIME_BETWEEN_LOOKS_IN_MS = 20;

/**
 * A window of measurement. After a warm-up, it counts operations and the CPU time that the server spends on them. The
 * durations of both parts are in seconds of the server's CPU time.
 */
export class Window {
  #pid;
  #durations;
  #looked_at = 0;
  #start;
  #measured_from;

  constructor(pid, { warm_up_in_seconds, measured_in_seconds }) {
    this.#pid = pid;
    this.#durations = { warm_up_in_seconds, measured_in_seconds };
    this.#start = this.#look(0);
  }

  /** Returns the result once the window is over. Call it often. */
  observe(count) {
    if (performance.now() - this.#looked_at < LEAST_TIME_BETWEEN_LOOKS_IN_MS) return undefined;
    const now = this.#look(count);
    if (this.#measured_from === undefined) {
      const warm_up = difference(this.#start, now);
      if (is_over(warm_up, this.#durations.warm_up_in_seconds)) this.#measured_from = now;
      return undefined;
    }
    const measured = difference(this.#measured_from, now);
    return is_over(measured, this.#durations.measured_in_seconds) ? measured : undefined;
  }

  #look(count) {
    this.#looked_at = performance.now();
    return { count, cpu: read_cpu_in_seconds(this.#pid), wall: this.#looked_at / 1000 };
  }
}

function difference(from, to) {
  return {
    count: to.count - from.count,
    cpu_in_seconds: to.cpu - from.cpu,
    wall_in_seconds: to.wall - from.wall,
  };
}

function is_over({ cpu_in_seconds, wall_in_seconds }, seconds) {
  return cpu_in_seconds >= seconds || wall_in_seconds >= seconds * MAX_WALL_PER_CPU;
}
