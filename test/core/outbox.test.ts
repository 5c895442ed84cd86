import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox, type OutboxMember, type PendingOutput } from '../../src/core/send/outbox.ts';
import { encode_message, type Frame } from '../../src/core/wire/frame.ts';

class Member implements OutboxMember {
  pending: PendingOutput | undefined;
  readonly written: Buffer[] = [];

  flush(): void {
    if (this.pending === undefined) return;
    this.written.push(this.pending.chunk);
    this.pending = undefined;
  }
}

function create_turn() {
  const callbacks: (() => void)[] = [];
  return {
    at_end: (callback: () => void) => callbacks.push(callback),
    end: () => {
      for (const callback of callbacks.splice(0)) callback();
    },
  };
}

test('members write what a naive model writes, in the same order, whoever is given what', () => {
  const frames = Array.from({ length: 6 }, (_, index) =>
    encode_message(`frame ${index} ${'x'.repeat(index * 7000)}`, index % 2 === 0),
  );
  const step = fast_check.oneof(
    fast_check.record({ member: fast_check.nat(3), frame: fast_check.nat(5) }),
    fast_check.record({ everyone: fast_check.nat(5) }),
    fast_check.constant('turn ends' as const),
    fast_check.record({ flushed: fast_check.nat(3) }),
  );
  fast_check.assert(
    fast_check.property(fast_check.array(step, { maxLength: 60 }), (steps) => {
      const turn = create_turn();
      const outbox = new Outbox(turn);
      const members = Array.from({ length: 4 }, () => new Member());
      const model = members.map((): Buffer[] => []);
      const give = (index: number, frame: Frame) => {
        outbox.add(members[index] as Member, frame);
        model[index]?.push(frame.chunk);
      };
      for (const each of steps) {
        if (each === 'turn ends') turn.end();
        else if ('member' in each) give(each.member, frames[each.frame] as Frame);
        else if ('flushed' in each) members[each.flushed]?.flush();
        else for (const index of members.keys()) give(index, frames[each.everyone] as Frame);
      }
      turn.end();
      for (const [index, member] of members.entries()) {
        expect(Buffer.concat(member.written).equals(Buffer.concat(model[index] ?? []))).toBe(true);
      }
    }),
  );
});

test('members that were given the same frames write one and the same buffer', () => {
  const turn = create_turn();
  const outbox = new Outbox(turn);
  const members = [new Member(), new Member()];
  for (const frame of [encode_message('a', true), encode_message('b', true)]) {
    for (const member of members) outbox.add(member, frame);
  }
  turn.end();
  expect(members[0]?.written).toHaveLength(1);
  expect(members[0]?.written[0]).toBe(members[1]?.written[0]);
});

test('what is pending is counted to the byte', () => {
  const outbox = new Outbox(create_turn());
  const member = new Member();
  outbox.add(member, encode_message('abc'));
  outbox.add(member, encode_message('x'.repeat(200)));
  expect(member.pending?.bytes).toBe(2 + 3 + 4 + 200);
});

test('more than 64 KiB of one member is written before the turn ends', () => {
  const outbox = new Outbox(create_turn());
  const member = new Member();
  outbox.add(member, encode_message('x'.repeat(65_000)));
  expect(member.written).toEqual([]);
  outbox.add(member, encode_message('x'.repeat(1000)));
  expect(member.written).toHaveLength(1);
});
