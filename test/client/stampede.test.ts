import { beforeAll, describe, expect, test } from 'vitest';
import { SeededRandom } from '../support/seeded_random.ts';
import { open_virtual_page } from '../support/virtual_page.ts';
import { VirtualTime } from '../support/virtual_time.ts';

const CLIENTS = 10_000;
const OUTAGE_IN_MS = 20_000;
/** What a round trip to the server takes. */
const LATENCY_IN_MS = 20;
const SLOT_IN_MS = 100;

/** How many of 10,000 clients try in each 100 ms, once all have lost their server, which refuses for 20 s. */
function simulate(random: () => number): number[] {
  const time = new VirtualTime();
  const page = open_virtual_page({ time, random });
  const connections = Array.from({ length: CLIENTS }, () => page.connect());
  for (const socket of page.sockets) socket.accept();
  time.pass(60_000);

  const lost_at = time.now();
  const lost = page.sockets.splice(0);
  for (const socket of lost) socket.end(1006);
  const attempts: number[] = [];
  while (connections.some(({ state }) => state !== 'open')) {
    const slot = Math.floor((time.now() - lost_at) / SLOT_IN_MS);
    // One millisecond at a time, so that every attempt is answered a round trip after it was made.
    for (let ms = 0; ms < SLOT_IN_MS; ms++) {
      time.pass(1);
      for (const socket of page.sockets.splice(0)) {
        attempts[slot] = (attempts[slot] ?? 0) + 1;
        const is_away = time.now() - lost_at < OUTAGE_IN_MS;
        time.after(LATENCY_IN_MS, () => (is_away ? socket.end(1006) : socket.accept()));
      }
    }
  }
  return Array.from(attempts, (count) => count ?? 0);
}

/** One line for each half second, with its busiest slot. */
function print_histogram(title: string, attempts: number[]): void {
  const lines = [`${title}: attempts per ${SLOT_IN_MS} ms, the busiest of each half second`];
  for (let slot = 0; slot < attempts.length; slot += 5) {
    const busiest = Math.max(...attempts.slice(slot, slot + 5));
    const share = ((100 * busiest) / CLIENTS).toFixed(1).padStart(5);
    const seconds = ((slot * SLOT_IN_MS) / 1000).toFixed(1).padStart(5);
    lines.push(`${seconds} s ${share} % ${'#'.repeat(Math.ceil((60 * busiest) / CLIENTS))}`);
  }
  console.log(lines.join('\n'));
}

/** The busiest slot from a moment on, as a share of all clients. */
const busiest = (attempts: number[], from_in_ms = 0) =>
  Math.max(...attempts.slice(from_in_ms / SLOT_IN_MS)) / CLIENTS;

describe('10,000 clients that lose their server at once, for 20 seconds', () => {
  let attempts: number[];
  beforeAll(() => {
    const random = new SeededRandom(1);
    attempts = simulate(() => random.next());
    print_histogram('With jitter', attempts);
    const figures = [0, 1000, OUTAGE_IN_MS].map(
      (ms) => `${(100 * busiest(attempts, ms)).toFixed(2)} %`,
    );
    console.log(
      `Busiest: ${figures[0]}; after 1 s: ${figures[1]}; after the return: ${figures[2]}`,
    );
  });

  test('come back at most 17 % in any 100 ms', () => {
    expect(busiest(attempts)).toBeGreaterThan(0);
    expect(busiest(attempts)).toBeLessThanOrEqual(0.17);
  });

  test('come back at most 10 % in any 100 ms after the first second', () => {
    expect(busiest(attempts, 1000)).toBeLessThanOrEqual(0.1);
  });

  test('come back at most 2 % in any 100 ms once the server has returned', () => {
    expect(busiest(attempts, OUTAGE_IN_MS)).toBeLessThanOrEqual(0.02);
  });

  test('are all back within 15 seconds of its return', () => {
    expect(attempts.length * SLOT_IN_MS).toBeLessThanOrEqual(OUTAGE_IN_MS + 15_000 + SLOT_IN_MS);
  });

  test('would come back all at once without jitter', () => {
    const without = simulate(() => 1);
    print_histogram('Without jitter', without);
    expect(busiest(without)).toBe(1);
    expect(busiest(without, OUTAGE_IN_MS)).toBe(1);
  });
});
