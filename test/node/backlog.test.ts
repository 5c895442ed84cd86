import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from '../../src/node/socket/backlog.ts';

/** Writes of messages of these sizes, each after the platform has taken a share of what waits. */
const writes_of = (size: { min: number; max: number }) =>
  fc.array(
    fc.record({
      taken_share: fc.double({ min: 0, max: 1, noNaN: true }),
      is_all_taken: fc.boolean(),
      sizes: fc.array(fc.integer(size), { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 60 },
  );

/** Compares what is behind the oldest message with what a naive model counts, after each write. */
function compare(
  size: { min: number; max: number },
  expect_equal: (counted: number, by_model: number) => void,
): void {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.property(writes_of(size), share, (written, last_share) => {
    const backlog = new Backlog();
    /** What waits of each message. */
    let model: number[] = [];
    const waiting = () => model.reduce((sum, size) => sum + size, 0);
    const take = (share: number) => {
      let bytes = Math.floor(share * waiting());
      model = model.map((size) => {
        const taken = Math.min(size, bytes);
        bytes -= taken;
        return size - taken;
      });
      model = model.filter((size) => size > 0);
    };
    const look = () => {
      const [oldest = 0] = model;
      expect_equal(backlog.unsent_bytes_behind_oldest(waiting()), waiting() - oldest);
    };
    for (const { taken_share, is_all_taken, sizes } of written) {
      take(taken_share);
      if (is_all_taken) {
        // And what is written now is taken at once: it is not told.
        model = [];
        continue;
      }
      model.push(...sizes);
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const [first_bytes = 0] = sizes;
      const last_bytes = sizes.at(-1) ?? 0;
      const output = { bytes, first_bytes, last_bytes, chunk: Buffer.alloc(0), frames: () => [] };
      backlog.add(output, waiting());
      look();
    }
    take(last_share);
    look();
  });
  fc.assert(property);
}

test('8: what is behind the oldest message is what a naive model counts', () => {
  compare({ min: 1000, max: 5000 }, (counted, by_model) => expect(counted).toBe(by_model));
});

test('8: of small messages, at most 1 KiB more counts as behind the oldest', () => {
  compare({ min: 1, max: 50 }, (counted, by_model) => {
    expect(counted).toBeGreaterThanOrEqual(by_model);
    expect(counted).toBeLessThanOrEqual(by_model + 1024);
  });
});

test('in the midst of a write of many messages, those between the first and the last all count', () => {
  const backlog = new Backlog();
  const output = { bytes: 100, first_bytes: 10, last_bytes: 20 };
  backlog.add({ ...output, chunk: Buffer.alloc(0), frames: () => [] }, 100);
  expect(backlog.unsent_bytes_behind_oldest(95)).toBe(90);
  expect(backlog.unsent_bytes_behind_oldest(90)).toBe(90);
  expect(backlog.unsent_bytes_behind_oldest(20)).toBe(0);
  expect(backlog.unsent_bytes_behind_oldest(0)).toBe(0);
});
