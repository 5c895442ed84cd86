import type { Turn } from '../base/ports.ts';
import type { Frame } from '../wire/frame.ts';
import type { Output } from '../wire/socket.ts';

/** Past this, a connection's pending output is written before the turn ends. */
const MAX_PENDING_IN_BYTES = 65_536;

/**
 * The frames that a connection will write at the end of this turn, as a node of
 * a tree: its path from the root. Connections that were given the same frames in
 * the same order stand on one node, and one buffer is built for all of them.
 */
export class PendingOutput implements Output {
  readonly bytes: number;
  readonly first_bytes: number;
  #chunk: Buffer | undefined;
  // Nearly always there is one child: a Map only from the second on.
  #child: PendingOutput | undefined;
  #children: Map<Frame, PendingOutput> | undefined;

  constructor(
    readonly parent: PendingOutput | undefined,
    readonly frame: Frame | undefined,
  ) {
    this.bytes = (parent?.bytes ?? 0) + (frame?.chunk.length ?? 0);
    this.first_bytes = parent?.frame === undefined ? this.bytes : parent.first_bytes;
  }

  /** This and one frame more; the same for everyone who adds the same frame here. */
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

  /** Built once, however many connections write it. */
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

/** Whoever has output pending. */
export interface OutboxMember {
  pending: PendingOutput | undefined;
  /** Writes what is pending, and forgets it. */
  flush(): void;
}

/** Collects what is sent within one turn, and has it written when the turn ends. */
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
