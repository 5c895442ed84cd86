import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BYTES_PER_MESSAGE, LoopbackProbe } from '../../src/brokers/loopback_probe.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MIB = 1_048_576;
/** A message that takes a MiB in all. */
const LARGE = MIB - BYTES_PER_MESSAGE;

function create_probe() {
  const beats: number[] = [];
  const told: string[] = [];
  const probe = new LoopbackProbe({
    send_beat: (number) => beats.push(number),
    came_up: () => told.push('up'),
    went_down: ({ message }) => told.push(message),
  });
  /** The latest beat comes round. */
  const hear = () => probe.heard(beats.at(-1) ?? 0);
  return { probe, beats, told, hear };
}

const sweep = (times = 1) => vi.advanceTimersByTime(500 * times);

test('is up once its first beat came round', () => {
  const { probe, beats, told, hear } = create_probe();
  probe.start();
  expect([beats.length, probe.is_ready]).toEqual([1, false]);
  hear();
  expect([told, probe.is_ready]).toEqual([['up'], true]);
});

test('is down once a beat takes 3 s, and up again when two have come round', () => {
  const { probe, told, hear } = create_probe();
  probe.start();
  hear();
  // The beat of the first sweep is the one that takes too long.
  sweep(6);
  expect(probe.is_up).toBe(true);
  sweep();
  expect(probe.is_up).toBe(false);
  expect(told).toEqual(['up', 'the broker has not answered for 3 s']);
  hear();
  expect(probe.is_up).toBe(false);
  sweep();
  hear();
  expect(probe.is_ready).toBe(true);
});

test('counts sweeps, not time: a process that was busy itself has heard nothing meanwhile', () => {
  const { probe, hear } = create_probe();
  probe.start();
  hear();
  sweep();
  vi.setSystemTime(Date.now() + 60_000);
  sweep();
  expect(probe.is_up).toBe(true);
});

test('a beat that comes round late, when it was given up, counts for nothing', () => {
  const { probe, beats } = create_probe();
  probe.start();
  const [given_up = 0] = beats;
  sweep(6);
  expect(beats).toHaveLength(2);
  probe.heard(given_up);
  sweep();
  probe.heard(given_up);
  expect(probe.is_up).toBe(false);
});

test('takes 16 MiB that no beat has overtaken, and more once half of it is', () => {
  const { probe, beats, told, hear } = create_probe();
  probe.start();
  hear();
  for (let count = 0; count < 16; count++) probe.charge(LARGE);
  // One beat for each of them, so that a burst needs no sweep to be found through.
  expect([beats.length, probe.is_ready]).toEqual([17, true]);
  probe.charge(0);
  expect([probe.is_up, probe.is_ready]).toEqual([true, false]);
  probe.heard(beats[4] ?? 0);
  expect(probe.is_ready).toBe(false);
  probe.heard(beats[9] ?? 0);
  expect(probe.is_ready).toBe(true);
  expect(told).toEqual(['up', 'more than 16 MiB are in flight to the broker', 'up']);
});

test('takes 16,384 empty messages, because each counts as 1 KiB', () => {
  const { probe, hear } = create_probe();
  probe.start();
  hear();
  let taken = 0;
  for (; probe.is_ready; taken++) probe.charge(0);
  // The last is the one that was too many.
  expect(taken).toBe(16_385);
});

test('has room for what can wait until 8 MiB are under way, and again once a beat has followed them', () => {
  const { probe, beats, told, hear } = create_probe();
  expect(probe.has_room).toBe(false);
  probe.start();
  hear();
  let handed = 0;
  for (; probe.has_room; handed++) probe.charge(0);
  expect([handed, probe.is_ready, told]).toEqual([8_192, true, ['up']]);
  sweep(7);
  expect([probe.is_up, probe.has_room]).toEqual([false, false]);
  hear();
  expect(probe.has_room).toBe(true);
  probe.stop();
  expect([probe.has_room, beats.length]).toEqual([false, 10]);
});

test('a beat has its whole time again when the engine answers something else', () => {
  const { probe, told } = create_probe();
  probe.start();
  for (let answers = 0; answers < 10; answers++) {
    sweep(5);
    probe.answered();
  }
  sweep(5);
  expect(told).toEqual([]);
  sweep();
  expect(told).toEqual(['the broker has not answered for 3 s']);
});

test('stops: nothing beats, and nothing is told', () => {
  const { probe, beats, told, hear } = create_probe();
  probe.start();
  hear();
  probe.stop();
  sweep(20);
  hear();
  expect([beats.length, told, probe.is_ready]).toEqual([1, ['up'], false]);
  expect(vi.getTimerCount()).toBe(0);
});
