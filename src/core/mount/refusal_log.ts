import type { Refusal } from '../admit/refusal.ts';
import type { Clock } from '../base/ports.ts';
import { printable } from '../base/printable.ts';
import { suggest } from '../base/problems.ts';
import type { ParsedMount } from '../options/mount_option.ts';
import { is_under, path_of } from './gate.ts';

/** The maximum number of lines per window, so that a flood of refused clients cannot fill the log. */
const MAX_LINES = 10;
const WINDOW_IN_MILLISECONDS = 10_000;
const MAX_CHARACTERS = 300;

/**
 * Logs why clients are refused. A browser does not pass the reason on to the page, so outside production every refusal
 * is logged. In production, only refusals that a wrong option may have caused are logged.
 */
export class RefusalLog {
  readonly #mount: ParsedMount;
  readonly #clock: Clock;
  readonly #logs_all: boolean;
  #window_began_at = -Infinity;
  #lines = 0;

  constructor(mount: ParsedMount, clock: Clock, logs_all: boolean) {
    this.#mount = mount;
    this.#clock = clock;
    this.#logs_all = logs_all;
  }

  /** @param endpoint the name of the endpoint that the client asked for, if it exists. */
  note(refusal: Refusal, url: string, endpoint: string | undefined): void {
    const { log, status, code, message } = refusal;
    if (log?.error !== undefined) {
      if (this.#take_line()) this.#mount.logger.error(log.message, { error: log.error });
    } else if (log !== undefined) {
      this.#warn(log.message);
    } else if (this.#logs_all && code !== 'upgrade_failed') {
      // The server's own failures are already in the log as errors.
      const where = endpoint === undefined ? '' : `websockets.${endpoint} `;
      const hint = code === 'unknown_endpoint' ? `; ${this.#hint(path_of(url))}` : '';
      this.#warn(`${where}refused a client with ${status} ${code}: ${message}${hint}`);
    }
  }

  #hint(path: string): string {
    const names = [...this.#mount.websockets.keys()];
    if (names.length === 0) return 'no endpoint is declared';
    const { path: mount_path } = this.#mount;
    if (is_under(mount_path, path)) return suggest(path.slice(mount_path.length + 1), names);
    return `endpoints are at ${mount_path}/${names.length === 1 ? names[0] : ':name'}`;
  }

  #warn(message: string): void {
    if (this.#take_line()) this.#write(message);
  }

  /** Counts one more line. Returns whether it is within the limit. */
  #take_line(): boolean {
    const now = this.#clock.now();
    if (now - this.#window_began_at >= WINDOW_IN_MILLISECONDS) {
      const unlogged = this.#lines - MAX_LINES;
      this.#window_began_at = now;
      this.#lines = 0;
      if (unlogged > 0) this.#write(`refused clients that were not logged: ${unlogged}`);
    }
    this.#lines++;
    return this.#lines <= MAX_LINES;
  }

  /** Writes the message as one line, even if it contains a client's line breaks. */
  #write(message: string): void {
    this.#mount.logger.warn(printable(message).slice(0, MAX_CHARACTERS), {});
  }
}
