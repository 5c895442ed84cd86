const SWEEP_IN_MILLISECONDS = 500;
/** How many sweeps a beat may take to come round: 3 s. Nothing that is older is delivered. */
const MAX_SWEEPS_PER_BEAT = 6;
/** How much may be under way, which is what a client keeps in memory while its engine hangs. */
const MAX_BYTES_UNDER_WAY = 16_777_216;
const BYTES_PER_BEAT = 1_048_576;
/**
 * What each message costs beside its bytes: a client of Redis takes 1 to 3 KiB for a command that waits, a pipe between
 * processes 1 KiB.
 */
export const BYTES_PER_MESSAGE = 1_024;

/** The broker that a {@link LoopbackProbe} reports to. */
export interface LoopbackProbeOwner {
  /** Has the engine carry the number to this very node, behind all that it has published. Never throws. */
  send_beat(number: number): void;
  came_up(): void;
  went_down(error: Error): void;
}

/**
 * Tells whether, and how quickly, messages come round through an engine: by beats that a node sends to
 * itself. A connection that is up says nothing of an engine that hangs, nor of a network that swallows.
 *
 * The bound on what is under way counts bytes that were handed to the engine and that no beat has followed round yet.
 */
export class LoopbackProbe {
  readonly #owner: LoopbackProbeOwner;
  /** Beats that were not heard yet: what had been charged, and the sweep, when they were sent. */
  #sent: { number: number; charged_bytes: number; sweep: number }[] = [];
  #number = 0;
  /** Sweeps are counted, not time: where this process itself was busy, answers may wait to be read. */
  #sweeps = 0;
  #charged_bytes = 0;
  #heard_bytes = 0;
  /** After a silence, what it held back comes first: it is over once a second beat comes round quickly. */
  #beats_to_come = 1;
  #is_up = false;
  #is_full = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(owner: LoopbackProbeOwner) {
    this.#owner = owner;
  }

  /** Whether what arrives has come at once. What arrives while it is not is late, and not to be delivered. */
  get is_up(): boolean {
    return this.#is_up;
  }

  /** Whether more can be published. */
  get is_ready(): boolean {
    return this.#is_up && !this.#is_full;
  }

  /** Begins anew: the engine is connected. */
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

  /** Called before a probe starts that follows one which fell silent. */
  expect_late_ones(): void {
    this.#beats_to_come = 2;
  }

  /** Whether what can wait may be handed to the engine: it takes up to half of the bound, and leaves the rest to messages. */
  get has_room(): boolean {
    return this.#timer !== undefined && this.#bytes_under_way < MAX_BYTES_UNDER_WAY / 2;
  }

  /** Counts a message that was handed to the engine: its bytes, and {@link BYTES_PER_MESSAGE}. */
  charge(bytes: number): void {
    this.#charged_bytes += bytes + BYTES_PER_MESSAGE;
    const last = this.#sent.at(-1)?.charged_bytes ?? this.#heard_bytes;
    if (this.#charged_bytes - last >= BYTES_PER_BEAT) this.#beat();
    if (this.#is_full || this.#bytes_under_way <= MAX_BYTES_UNDER_WAY) return;
    this.#is_full = true;
    this.#owner.went_down(
      new Error(`more than ${MAX_BYTES_UNDER_WAY / 1_048_576} MiB are under way to the broker`),
    );
  }

  /** The engine has answered something else: the oldest beat has its whole time again. */
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
    // What is under way stays so until the engine goes on, or is connected anew.
    this.#sent = [];
    this.#is_up = false;
    this.#is_full = false;
    this.expect_late_ones();
    // Whether or not the owner begins anew: what was sent before may be lost.
    this.#beat();
    this.#owner.went_down(new Error('the broker has not answered for 3 s'));
  }
}
