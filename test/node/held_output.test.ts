import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldOutput } from '../../src/node/socket/held_output.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.record({ drop_share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);

test('8: held output leaves in the order in which it came, and is counted to the byte', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const held = new HeldOutput();
      const come: Buffer[] = [];
      const left: Buffer[] = [];
      const drop = (share: number) => {
        const { first } = held;
        if (first === undefined) return;
        const bytes = Math.max(1, Math.floor(share * first.length));
        left.push(first.subarray(0, bytes));
        held.drop(bytes);
      };
      for (const [index, each] of steps.entries()) {
        if ('add' in each) {
          const chunk = Buffer.alloc(each.add, index);
          come.push(Buffer.from(chunk));
          held.add(chunk);
        } else {
          drop(each.drop_share);
        }
        const sum = (chunks: Buffer[]) => chunks.reduce((total, { length }) => total + length, 0);
        expect(held.bytes).toBe(sum(come) - sum(left));
      }
      while (held.first !== undefined) drop(1);
      expect(held.bytes).toBe(0);
      expect(Buffer.concat(left).equals(Buffer.concat(come))).toBe(true);
    }),
  );
});

test('8: small held output is joined, also between large', () => {
  const held = new HeldOutput();
  const large = Buffer.alloc(5000);
  for (let count = 0; count < 100_000; count++) held.add(Buffer.from([1, 2, 3]));
  held.add(large);
  held.add(Buffer.from([1, 2, 3]));
  let chunks = 0;
  const blocks = new Set<unknown>();
  for (let chunk = held.first; chunk !== undefined; chunk = held.first) {
    chunks++;
    if (chunk !== large) blocks.add(chunk.buffer);
    held.drop(chunk.length);
  }
  expect(chunks).toBeLessThan(25);
  // What follows the large one goes on in the block of what came before it.
  expect(blocks.size).toBe(chunks - 2);
});
