const SWEEP_IN_MILLISECONDS = 500;
/** The number of sweeps after which a beat counts as lost: 3 s. Older messages are not delivered. */
const MAX_SWEEPS_PER_BEAT = 6;
/** The bytes that may be in flight. A client of an engine keeps them in memory while the engine hangs. */
const MAX_BYTES_UNDER_WAY = 16_777_216;
const BYTES_PER_BEAT = 1_048_576;
/**
 * The memory that each message needs in addition to its bytes. A client of Redis needs 1 to 3 KiB for a waiting command,
 * a pipe between processes 1 KiB.
 */
export const BYTES_PER_MESSAGE = 1_024;

/** The broker that a {@link LoopbackProbe} reports to. */
export interface LoopbackProbeOwner {
  /** Sends the number through the engine to this same node, after everything that it has published. Never throws. */
  send_beat(number: number): void;
  came_up(): void;
  went_down(error: Error): void;
}

/**
 * A probe that detects whether messages pass through an engine, and how quickly. A node sends heartbeats ("beats") to
 * itself for this. An open connection alone does not prove it: the engine may hang, or the network may drop packets.
 *
 * Bytes are in flight from the moment they are passed to the engine until a later beat has returned.
 */
export class LoopbackProbe {
  readonly #owner: LoopbackProbeOwner;
  /** Beats that have not returned yet, with the charged bytes and the sweep at the time they were sent. */
  #sent: { number: number; charged_bytes: number; sweep: number }[] = [];
  #number = 0;
  /** Sweeps are counted instead of time, because answers may wait to be read while this process is busy. */
  #sweeps = 0;
  #charged_bytes = 0;
  #heard_bytes = 0;
  /** After a silence, late messages arrive first. They have all arrived once a second beat returns in time. */
  #beats_to_come = 1;
  #is_up = false;
  #is_full = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(owner: LoopbackProbeOwner) {
    this.#owner = owner;
  }

  /** Whether messages arrive in time. While this is `false`, messages are late and must not be delivered. */
  get is_up(): boolean {
    return this.#is_up;
  }

  /** Whether messages can be published. */
  get is_ready(): boolean {
    return this.#is_up && !this.#is_full;
  }

  /** Starts the probe, or starts it again. Call it when the engine is connected. */
  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.#sweep(), SWEEP_IN_MILLISECONDS);
    this.#timer.unref();
    this.#beat();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sent = [];
    this.#heard_bytes = this.#charged_bytes;
    this.#is_up = false;
    this.#is_full = false;
  }

  /** Makes the probe expect late messages first. Call it before the start, if the previous probe fell silent. */
  expect_late_ones(): void {
    this.#beats_to_come = 2;
  }

  /** Whether subscriptions may be passed to the engine. They use up to half of the limit; messages may use all of it. */
  get has_room(): boolean {
    return this.#timer !== undefined && this.#bytes_under_way < MAX_BYTES_UNDER_WAY / 2;
  }

  /** Counts a message that was passed to the engine: its bytes and {@link BYTES_PER_MESSAGE}. */
  charge(bytes: number): void {
    this.#charged_bytes += bytes + BYTES_PER_MESSAGE;
    const last = this.#sent.at(-1)?.charged_bytes ?? this.#heard_bytes;
    if (this.#charged_bytes - last >= BYTES_PER_BEAT) this.#beat();
    if (this.#is_full || this.#bytes_under_way <= MAX_BYTES_UNDER_WAY) return;
    this.#is_full = true;
    this.#owner.went_down(
      new Error(`more than ${MAX_BYTES_UNDER_WAY / 1_048_576} MiB are in flight to the broker`),
    );
  }

  /** Gives the oldest beat its full time again, because the engine has answered another command. */
  answered(): void {
    const [oldest] = this.#sent;
    if (oldest !== undefined) oldest.sweep = this.#sweeps;
  }

  heard(number: number): void {
    const index = this.#sent.findIndex((beat) => beat.number === number);
    const beat = this.#sent[index];
    if (beat === undefined) return;
    this.#sent.splice(0, index + 1);
    this.#heard_bytes = beat.charged_bytes;
    if (this.#is_up) {
      if (this.#is_full && this.#bytes_under_way <= MAX_BYTES_UNDER_WAY / 2) {
        this.#is_full = false;
        this.#owner.came_up();
      }
      return;
    }
    this.#beats_to_come--;
    if (this.#beats_to_come > 0) return;
    this.#beats_to_come = 1;
    this.#is_up = true;
    this.#owner.came_up();
  }

  get #bytes_under_way(): number {
    return this.#charged_bytes - this.#heard_bytes;
  }

  #beat(): void {
    this.#number++;
    this.#sent.push({
      number: this.#number,
      charged_bytes: this.#charged_bytes,
      sweep: this.#sweeps,
    });
    this.#owner.send_beat(this.#number);
  }

  #sweep(): void {
    this.#sweeps++;
    const [oldest] = this.#sent;
    if (oldest === undefined) this.#beat();
    else if (this.#sweeps - oldest.sweep >= MAX_SWEEPS_PER_BEAT) this.#fall_silent();
  }

  #fall_silent(): void {
    // The charged bytes stay in flight until the engine continues, or is connected again.
    this.#sent = [];
    this.#is_up = false;
    this.#is_full = false;
    this.expect_late_ones();
    // A new beat, because the earlier ones may be lost and the owner may not start the probe again.
    this.#beat();
    this.#owner.went_down(new Error('the broker has not answered for 3 s'));
  }
}
