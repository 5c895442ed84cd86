import type { Turn } from '../base/ports.ts';
import type { Frame } from '../wire/frame.ts';
import type { Output } from '../wire/socket.ts';

/** If a connection's pending output exceeds this, it is written before the turn ends. */
const MAX_PENDING_IN_BYTES = 65_536;

/**
 * The frames that a connection will write at the end of this turn. They form a path from the root of a tree, and this
 * object is the end of that path. Connections with the same frames in the same order share one object, and one buffer
 * is built for all of them.
 */
export class PendingOutput implements Output {
  readonly bytes: number;
  readonly first_bytes: number;
  #chunk: Buffer | undefined;
  // Nearly always there is only one child: the Map is created for the second.
  #child: PendingOutput | undefined;
  #children: Map<Frame, PendingOutput> | undefined;

  constructor(
    readonly parent: PendingOutput | undefined,
    readonly frame: Frame | undefined,
  ) {
    this.bytes = (parent?.bytes ?? 0) + (frame?.chunk.length ?? 0);
    this.first_bytes = parent?.frame === undefined ? this.bytes : parent.first_bytes;
  }

  /** Returns this output and one more frame. All connections that add the same shared frame here get the same object. */
  with(frame: Frame): PendingOutput {
    if (!frame.is_shared) return new PendingOutput(this, frame);
    if (this.#child === undefined) {
      this.#child = new PendingOutput(this, frame);
      return this.#child;
    }
    if (this.#child.frame === frame) return this.#child;
    this.#children ??= new Map();
    let child = this.#children.get(frame);
    if (child === undefined) {
      child = new PendingOutput(this, frame);
      this.#children.set(frame, child);
    }
    return child;
  }

  get last_bytes(): number {
    return this.frame?.chunk.length ?? 0;
  }

  /** All frames in one buffer. It is built once, however many connections write it. */
  get chunk(): Buffer {
    this.#chunk ??= this.#join();
    return this.#chunk;
  }

  frames(): Frame[] {
    const frames: Frame[] = [];
    let node: PendingOutput | undefined = this;
    for (; node?.frame !== undefined; node = node.parent) frames.push(node.frame);
    return frames.reverse();
  }

  #join(): Buffer {
    if (this.frame !== undefined && this.bytes === this.frame.chunk.length) return this.frame.chunk;
    const joined = Buffer.allocUnsafe(this.bytes);
    let end = this.bytes;
    let node: PendingOutput | undefined = this;
    for (; node?.frame !== undefined; node = node.parent) {
      end -= node.frame.chunk.length;
      joined.set(node.frame.chunk, end);
    }
    return joined;
  }
}

/** A connection that can have pending output. */
export interface OutboxMember {
  pending: PendingOutput | undefined;
  /** Writes and forgets the pending output. */
  flush(): void;
}

/** Collects the frames that are sent within one turn, and has them written when the turn ends. */
export class Outbox {
  readonly #turn: Turn;
  readonly #flush_all = () => this.#flush();
  #members: OutboxMember[] = [];
  #root = new PendingOutput(undefined, undefined);

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  add(member: OutboxMember, frame: Frame): void {
    if (member.pending === undefined) {
      if (this.#members.length === 0) this.#turn.at_end(this.#flush_all);
      this.#members.push(member);
      member.pending = this.#root.with(frame);
    } else {
      member.pending = member.pending.with(frame);
    }
    if (member.pending.bytes > MAX_PENDING_IN_BYTES) member.flush();
  }

  #flush(): void {
    const members = this.#members;
    this.#members = [];
    this.#root = new PendingOutput(undefined, undefined);
    for (const member of members) member.flush();
  }
}
