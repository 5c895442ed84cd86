import fast_check from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENDINGS, type Ending } from '../../src/core/connection/ending.ts';
import type { LiveConnection } from '../../src/core/connection/live_connection.ts';
import { EvenClosing } from '../../src/core/mount/even_closing.ts';
import { ManualClock } from '../support/manual_clock.ts';

/** Connections that note when they are shut down. */
function create_connections(count: number, clock: ManualClock) {
  const closed_at: number[] = [];
  const order: number[] = [];
  const connections = Array.from({ length: count }, (_, index) => ({
    is_open: true,
    end(how: Ending) {
      expect(how).toBe(ENDINGS.server_restarting);
      this.is_open = false;
      closed_at.push(clock.now());
      order.push(index);
    },
  }));
  const closing = new EvenClosing(connections as unknown as LiveConnection[], clock);
  return { closing, closed_at, connections, order };
}

describe('11: a drain', () => {
  test('closes evenly, as many a second as any other, the first come first', () => {
    const clock = new ManualClock();
    const start = clock.now();
    const { closing, closed_at, order } = create_connections(5000, clock);
    closing.finish_within(10);
    clock.pass(10_000);
    expect(closed_at).toHaveLength(5000);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    const a_second = Array.from({ length: 10 }, () => 0);
    for (const at of closed_at) {
      const second = Math.min(9, Math.floor((at - start) / 1000));
      a_second[second] = (a_second[second] ?? 0) + 1;
    }
    for (const count of a_second) expect(Math.abs(count - 500)).toBeLessThanOrEqual(25);
  });

  test('spreads few over a long time', () => {
    const clock = new ManualClock();
    const start = clock.now();
    const { closing, closed_at } = create_connections(3, clock);
    closing.finish_within(30);
    clock.pass(30_000);
    const seconds = closed_at.map((at) => (at - start) / 1000);
    expect(seconds).toHaveLength(3);
    expect(seconds[0]).toBeGreaterThan(5);
    expect(seconds[1]).toBeGreaterThan(15);
    expect(seconds[2]).toBeLessThanOrEqual(30);
  });

  test('of 0 s closes all at once, before it returns', () => {
    const clock = new ManualClock();
    const { closing, closed_at } = create_connections(100, clock);
    closing.finish_within(0);
    expect(closed_at).toHaveLength(100);
    expect(clock.timers).toBe(0);
  });

  test('is over in time, whatever holds the process up, and is then without a timer', () => {
    fast_check.assert(
      fast_check.property(
        fast_check.nat(200),
        fast_check.double({ min: 0, max: 100, noNaN: true }),
        fast_check.array(fast_check.integer({ min: 0, max: 5000 }), { maxLength: 20 }),
        fast_check.array(fast_check.nat(199), { maxLength: 50 }),
        (count, seconds, hold_ups, leavers) => {
          const clock = new ManualClock();
          const end = clock.now() + seconds * 1000;
          const { closing, connections } = create_connections(count, clock);
          closing.finish_within(seconds);
          for (const milliseconds of hold_ups) clock.hold_up(milliseconds);
          for (const index of leavers) {
            const connection = connections[index];
            if (connection !== undefined) connection.is_open = false;
          }
          clock.pass(Math.max(0, end - clock.now()) + 2);
          expect(connections.filter(({ is_open }) => is_open)).toEqual([]);
          expect(clock.timers).toBe(0);
        },
      ),
    );
  });

  test('hurries when it is asked to, and takes no more time when it is given more', () => {
    const clock = new ManualClock();
    const { closing, closed_at } = create_connections(100, clock);
    closing.finish_within(100);
    clock.pass(10_000);
    expect(closed_at.length).toBeLessThanOrEqual(11);
    closing.finish_within(1000);
    closing.finish_within(1);
    closing.finish_within(50);
    expect(clock.timers).toBe(1);
    clock.pass(1000);
    expect(closed_at).toHaveLength(100);
    expect(clock.timers).toBe(0);
  });

  test('gives the turn of those who have left by themselves to nobody else', () => {
    const clock = new ManualClock();
    const { closing, closed_at, connections } = create_connections(100, clock);
    closing.finish_within(100);
    for (const connection of connections.slice(0, 50)) connection.is_open = false;
    clock.pass(100_001);
    expect(closed_at).toHaveLength(50);
  });

  test('ends with the last of those who left by themselves, once it is stopped: no timer is left', () => {
    const clock = new ManualClock();
    const { closing, closed_at, connections } = create_connections(3, clock);
    closing.finish_within(600);
    for (const connection of connections) connection.is_open = false;
    closing.stop();
    expect(clock.timers).toBe(0);
    closing.finish_within(0);
    expect(closed_at).toEqual([]);
  });
});
