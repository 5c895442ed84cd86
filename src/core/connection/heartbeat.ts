import type { Clock } from '../base/ports.ts';
import { Queue } from '../base/queue.ts';
import type { Socket } from '../wire/socket.ts';
import { ENDINGS, type Ending } from './ending.ts';

/** The number of sweeps per interval: enough to ping in time, few enough to cost almost nothing. */
const SWEEPS_PER_INTERVAL = 5;
/** A client is pinged after this many sweeps without a sign of life: 0.8 of the interval. */
const SILENT_SWEEPS = 4;
/** Each sweep is spread over at most this many ticks, so that clients that connected together are not pinged together. */
const MAX_SLICES = 10;
/** The shortest tick: on a busy machine, timers are not more precise. */
const MIN_TICK_IN_MILLISECONDS = 10;
/**
 * A client that only receives is pinged each time that it was sent this many bytes. A kernel buffers megabytes, and a
 * slow reader would answer a single ping behind them too late.
 */
const BYTES_PER_PING = 262_144;
/** Replaces the total of bytes received before the first sweep. It differs from every real total. */
const NOT_YET_SEEN = -1;
/** Replaces the total of bytes sent if no bytes are stalled. */
const NOTHING_STALLED = -1;
/** The count of silent sweeps of a client excused between two sweeps: the time until the next sweep does not count. */
const EXCUSED_UNTIL_NEXT_SWEEP = -1;

/** A connection that a heartbeat watches. */
export interface HeartbeatMember {
  readonly is_open: boolean;
  /** Whether reading is paused. If it is, an answer of the client goes unseen. */
  readonly is_paused: boolean;
  end(how: Ending): void;
}

/** The state of a client at the last sweep, and the ping that it has not answered. */
export class Pulse {
  readonly slice: number;
  readonly #member: HeartbeatMember;
  readonly #socket: Socket;
  /** At the last sweep. The first sweep always finds a sign of life, because the client has just connected. */
  #total_bytes_received = NOT_YET_SEEN;
  /** At the last sweep, if bytes were stalled then. */
  #total_bytes_sent = NOTHING_STALLED;
  #bytes_since_ping = 0;
  #received_at_ping = 0;
  #silent_sweeps = 0;
  /** When the answer to the last ping is due; `undefined` if no answer is awaited. */
  #due: number | undefined;

  constructor(member: HeartbeatMember, socket: Socket, slice: number) {
    this.#member = member;
    this.#socket = socket;
    this.slice = slice;
  }

  /** Looks for a sign of life. Returns whether the client has been silent for so long that it must be pinged. */
  sweep(): boolean {
    const { total_bytes_received, total_bytes_sent, stalled_bytes } = this.#socket;
    const has_stirred = this.#has_stirred(total_bytes_received, total_bytes_sent);
    this.#total_bytes_received = total_bytes_received;
    this.#total_bytes_sent = stalled_bytes > 0 ? total_bytes_sent : NOTHING_STALLED;
    if (has_stirred) {
      this.#silent_sweeps = 0;
      this.#due = undefined;
      return false;
    }
    this.#silent_sweeps++;
    return this.#silent_sweeps === SILENT_SWEEPS && this.#member.is_open;
  }

  /** Counts bytes written to the client, and pings it every {@link BYTES_PER_PING}. */
  wrote(bytes: number): void {
    this.#bytes_since_ping += bytes;
    if (this.#bytes_since_ping < BYTES_PER_PING) return;
    this.#bytes_since_ping = 0;
    const { total_bytes_received } = this.#socket;
    // A client that has sent something in the meantime is alive.
    if (total_bytes_received === this.#received_at_ping) this.#socket.ping();
    this.#received_at_ping = total_bytes_received;
  }

  ask(due: number): void {
    this.#due = due;
    this.#socket.ping();
  }

  /** Ends the connection if the client did not answer in time. */
  expire(due: number): void {
    // The client has answered, and may have been pinged again.
    if (this.#due !== due) return;
    // The totals are only compared: the next sweep records them.
    const { total_bytes_received, total_bytes_sent } = this.#socket;
    if (this.#member.is_paused || this.#has_stirred(total_bytes_received, total_bytes_sent))
      this.excuse();
    else if (this.#member.is_open) this.#member.end(ENDINGS.vanished);
  }

  /** Forgets an unanswered ping and restarts the count of silent sweeps: an answer may not have been read yet. */
  excuse(): void {
    // If no answer is awaited, the count continues, so that a client is pinged even if reading pauses again and again.
    // Writing the ping shows whether the client has reset the connection.
    if (this.#due === undefined) return;
    this.#silent_sweeps = EXCUSED_UNTIL_NEXT_SWEEP;
    this.#due = undefined;
  }

  /**
   * Whether there was a sign of life since the last sweep. Received bytes are one. If bytes were stalled, accepted
   * bytes are another: the client has made room for them. If none were stalled, accepted bytes prove nothing: the
   * operating system accepts bytes for a dead client, too, until its buffer is full.
   */
  #has_stirred(total_bytes_received: number, total_bytes_sent: number): boolean {
    const has_made_room =
      this.#total_bytes_sent !== NOTHING_STALLED && total_bytes_sent > this.#total_bytes_sent;
    return total_bytes_received !== this.#total_bytes_received || has_made_room;
  }
}

/** Clients that were pinged at the same time. */
interface Asked {
  readonly due: number;
  readonly pulses: Pulse[];
}

/**
 * Watches the connections of one endpoint. A silent client is pinged; if it does not answer, its connection is
 * terminated. One timer serves all connections, and received messages cost nothing extra.
 */
export class Heartbeat {
  readonly #clock: Clock;
  /** In milliseconds, like all times here. */
  readonly #tick: number;
  readonly #timeout: number;
  readonly #slices: Set<Pulse>[];
  #joining_slice = 0;
  #swept_slice = 0;
  #size = 0;
  #next_tick_at = 0;
  #wakes_at = 0;
  #was_late = false;
  readonly #asked = new Queue<Asked>();
  #cancel: (() => void) | undefined;

  constructor(interval_in_seconds: number, timeout_in_seconds: number, clock: Clock) {
    this.#clock = clock;
    const sweep = (interval_in_seconds * 1000) / SWEEPS_PER_INTERVAL;
    const slices = Math.min(MAX_SLICES, Math.floor(sweep / MIN_TICK_IN_MILLISECONDS)) || 1;
    this.#slices = Array.from({ length: slices }, () => new Set());
    this.#tick = sweep / slices;
    this.#timeout = timeout_in_seconds * 1000;
  }

  watch(member: HeartbeatMember, socket: Socket): Pulse {
    this.#joining_slice = (this.#joining_slice + 1) % this.#slices.length;
    const pulse = new Pulse(member, socket, this.#joining_slice);
    this.#slices[pulse.slice]?.add(pulse);
    this.#size++;
    if (this.#size === 1) this.#start();
    return pulse;
  }

  forget(pulse: Pulse): void {
    if (!this.#slices[pulse.slice]?.delete(pulse)) return;
    this.#size--;
    if (this.#size === 0) this.#stop();
  }

  #start(): void {
    this.#next_tick_at = this.#clock.now() + this.#tick;
    this.#was_late = false;
    this.#schedule();
  }

  #stop(): void {
    this.#cancel?.();
    this.#asked.clear();
  }

  #schedule(): void {
    this.#wake_at(Math.min(this.#next_tick_at, this.#asked.at(0)?.due ?? Number.POSITIVE_INFINITY));
  }

  #wake_at(time: number): void {
    this.#cancel?.();
    this.#wakes_at = time;
    const wait = Math.max(0, time - this.#clock.now());
    this.#cancel = this.#clock.after_in_background(wait, () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    const late = now - this.#wakes_at;
    const is_to_judge = this.#asked_until(now) !== undefined;
    if (late > (is_to_judge ? MIN_TICK_IN_MILLISECONDS : this.#tick) && !this.#was_late) {
      // The process was blocked: data that has arrived in the meantime must be read before clients are judged.
      this.#was_late = true;
      this.#wake_at(now + Math.max(MIN_TICK_IN_MILLISECONDS, Math.min(late, this.#tick)));
      return;
    }
    // Missed sweeps are not repeated: a client that was not observed was not seen to be silent.
    if (this.#was_late) this.#next_tick_at = Math.max(this.#next_tick_at, now);
    this.#was_late = false;
    this.#judge(now);
    if (now >= this.#next_tick_at) {
      this.#next_tick_at += this.#tick;
      this.#sweep(now);
    }
    if (this.#size > 0) this.#schedule();
  }

  #judge(now: number): void {
    for (let asked = this.#asked_until(now); asked !== undefined; asked = this.#asked_until(now)) {
      this.#asked.shift();
      for (const pulse of asked.pulses) pulse.expire(asked.due);
    }
  }

  /** The clients that were pinged first, if their time to answer is over. */
  #asked_until(now: number): Asked | undefined {
    const asked = this.#asked.at(0);
    return asked !== undefined && asked.due <= now ? asked : undefined;
  }

  #sweep(now: number): void {
    this.#swept_slice = (this.#swept_slice + 1) % this.#slices.length;
    const due = now + this.#timeout;
    const silent: Pulse[] = [];
    for (const pulse of this.#slices[this.#swept_slice] ?? [])
      if (pulse.sweep()) silent.push(pulse);
    for (const pulse of silent) pulse.ask(due);
    if (silent.length > 0) this.#asked.push({ due, pulses: silent });
  }
}
