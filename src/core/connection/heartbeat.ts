import type { Clock } from '../base/ports.ts';
import { Queue } from '../base/queue.ts';
import type { Socket } from '../wire/socket.ts';
import { ENDINGS, type Ending } from './ending.ts';

/** A sweep is this share of the interval: fine enough to ping in time, coarse enough to cost nothing. */
const SWEEPS_PER_INTERVAL = 5;
/** A peer is pinged after this many sweeps without a sign of life: 0.8 of the interval. */
const SILENT_SWEEPS = 4;
/** Each sweep is spread over this many ticks at most, so that those who came together are not pinged together. */
const MAX_SLICES = 10;
/** Timers are no finer than this, on a machine that has other things to do. */
const MIN_TICK_IN_MILLISECONDS = 10;
/**
 * Who is sent this much without saying anything is pinged. A kernel takes megabytes, and a ping behind them would be
 * answered too late by who reads them slowly: thus there is one for each of these.
 */
const BYTES_PER_PING = 262_144;
/** Stands for a total that no sweep has looked at yet: it differs from every total. */
const NOT_YET_SEEN = -1;
/** Stands for the total of bytes sent while no bytes are stalled. */
const NOTHING_STALLED = -1;
/** Silent sweeps of a peer that is excused in the midst of two: the rest until the next sweep does not count. */
const EXCUSED_UNTIL_NEXT_SWEEP = -1;

/** Whoever is watched. */
export interface HeartbeatMember {
  readonly is_open: boolean;
  /** Whether we have stopped reading: then its answer cannot be seen. */
  readonly is_paused: boolean;
  end(how: Ending): void;
}

/** What was last seen of a peer. */
export class Pulse {
  readonly slice: number;
  readonly #member: HeartbeatMember;
  readonly #socket: Socket;
  /** At the last sweep. The first sweep counts as a sign of life, because the peer has just come. */
  #total_bytes_received = NOT_YET_SEEN;
  /** At the last sweep, if bytes were stalled then. */
  #total_bytes_sent = NOTHING_STALLED;
  #bytes_since_ping = 0;
  #received_at_ping = 0;
  #silent_sweeps = 0;
  /** When its answer is due, while it owes one. */
  #due: number | undefined;

  constructor(member: HeartbeatMember, socket: Socket, slice: number) {
    this.#member = member;
    this.#socket = socket;
    this.slice = slice;
  }

  /** Looks for a sign of life; returns whether it was silent for so long that it has to be asked. */
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

  /** Something was written to it. */
  wrote(bytes: number): void {
    this.#bytes_since_ping += bytes;
    if (this.#bytes_since_ping < BYTES_PER_PING) return;
    this.#bytes_since_ping = 0;
    const { total_bytes_received } = this.#socket;
    // Who talks need not be asked.
    if (total_bytes_received === this.#received_at_ping) this.#socket.ping();
    this.#received_at_ping = total_bytes_received;
  }

  ask(due: number): void {
    this.#due = due;
    this.#socket.ping();
  }

  /** The time to answer is over. */
  expire(due: number): void {
    // It has answered meanwhile, and was perhaps asked anew.
    if (this.#due !== due) return;
    // What has come since the last sweep is for the next one to note.
    const { total_bytes_received, total_bytes_sent } = this.#socket;
    if (this.#member.is_paused || this.#has_stirred(total_bytes_received, total_bytes_sent))
      this.excuse();
    else if (this.#member.is_open) this.#member.end(ENDINGS.vanished);
  }

  /** It could not be heard until now: an answer that it owes is forgotten, and its silence begins anew. */
  excuse(): void {
    // A peer that is read a little again and again is asked all the same: a write shows whether it has reset.
    if (this.#due === undefined) return;
    this.#silent_sweeps = EXCUSED_UNTIL_NEXT_SWEEP;
    this.#due = undefined;
  }

  /**
   * Whether there was a sign of life since the last sweep: bytes were received, or the operating system has
   * accepted some while others were stalled, because the peer has made room. If nothing is stalled, accepted bytes
   * are no sign: the operating system also accepts bytes for a dead peer, until its buffer is full.
   */
  #has_stirred(total_bytes_received: number, total_bytes_sent: number): boolean {
    const has_made_room =
      this.#total_bytes_sent !== NOTHING_STALLED && total_bytes_sent > this.#total_bytes_sent;
    return total_bytes_received !== this.#total_bytes_received || has_made_room;
  }
}

/** Those that were asked at one time. */
interface Asked {
  readonly due: number;
  readonly pulses: Pulse[];
}

/**
 * Watches the connections of one endpoint: who was silent is pinged, who stays silent is cut. One
 * timer for all of them, and nothing on the way of a message.
 */
export class Heartbeat {
  readonly #clock: Clock;
  /** In milliseconds, as all times here. */
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
      // Something has held up the process: what has arrived meanwhile is read before anybody is judged.
      this.#was_late = true;
      this.#wake_at(now + Math.max(MIN_TICK_IN_MILLISECONDS, Math.min(late, this.#tick)));
      return;
    }
    // What was missed is not made up for: whoever was not looked at was not seen to be silent.
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

  /** Those that were asked first, if their time to answer is over. */
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
