import type { Refusal } from '../admit/refusal.ts';
import type { Clock } from '../base/ports.ts';
import { printable } from '../base/printable.ts';
import { suggest } from '../base/problems.ts';
import type { ParsedMount } from '../options/mount_option.ts';
import { is_under, path_of } from './gate.ts';

/** At most this many lines in this time, so that a flood of refused clients cannot fill the log. */
const MAX_LINES = 10;
const WINDOW_IN_MILLISECONDS = 10_000;
const MAX_CHARACTERS = 300;

/**
 * What the log says of refused clients. A browser does not tell a page why it was refused, so outside production
 * each refusal is a line with its reason; in production only those that an option may be wrong for.
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

  /** @param endpoint the name of the one that the client asked for, if there is one. */
  note(refusal: Refusal, url: string, endpoint: string | undefined): void {
    const { log, status, code, message } = refusal;
    if (log?.error !== undefined) {
      if (this.#take_line()) this.#mount.logger.error(log.message, { error: log.error });
    } else if (log !== undefined) {
      this.#warn(log.message);
    } else if (this.#logs_all && code !== 'upgrade_failed') {
      // A failure of the server's own is an error in the log already.
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

  /** Counts one line more, and tells whether it is within the limit. */
  #take_line(): boolean {
    const now = this.#clock.now();
    if (now - this.#window_began_at >= WINDOW_IN_MILLISECONDS) {
      const unlogged = this.#lines - MAX_LINES;
      this.#window_began_at = now;
      this.#lines = 0;
      if (unlogged > 0) this.#write(`${unlogged} more clients were refused, unlogged`);
    }
    this.#lines++;
    return this.#lines <= MAX_LINES;
  }

  /** As one line, whatever a client has put into it. */
  #write(message: string): void {
    this.#mount.logger.warn(printable(message).slice(0, MAX_CHARACTERS), {});
  }
}
