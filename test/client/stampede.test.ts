import { beforeAll, describe, expect, test } from 'vitest';
import { Attempts } from '../support/attempts.ts';
import { SeededRandom } from '../support/seeded_random.ts';
import { open_virtual_page } from '../support/virtual_page.ts';
import { VirtualTime } from '../support/virtual_time.ts';

const CLIENTS = 10_000;
const OUTAGE_IN_MS = 20_000;
/** What a round trip to the server takes. */
const LATENCY_IN_MS = 20;

/** What 10,000 clients try, once all have lost their server, which refuses for 20 s. */
function simulate(random: () => number): Attempts {
  const time = new VirtualTime();
  const page = open_virtual_page({ time, random });
  const connections = Array.from({ length: CLIENTS }, () => page.connect());
  for (const socket of page.sockets) socket.accept();
  time.pass(60_000);

  const lost_at = time.now();
  const lost = page.sockets.splice(0);
  for (const socket of lost) socket.end(1006);
  const attempts = new Attempts(CLIENTS);
  while (connections.some(({ state }) => state !== 'open')) {
    // One millisecond at a time, so that every attempt is answered a round trip after it was made.
    time.pass(1);
    const passed = time.now() - lost_at;
    for (const socket of page.sockets.splice(0)) {
      attempts.add(passed);
      time.after(LATENCY_IN_MS, () => (passed < OUTAGE_IN_MS ? socket.end(1006) : socket.accept()));
    }
  }
  return attempts;
}

describe('10,000 clients that lose their server at once, for 20 seconds', () => {
  let attempts: Attempts;
  beforeAll(() => {
    const random = new SeededRandom(1);
    attempts = simulate(() => random.next());
    console.log(attempts.histogram('With jitter'));
    console.log(attempts.summary(OUTAGE_IN_MS));
  });

  test('come back at most 17 % in any 100 ms', () => {
    expect(attempts.busiest()).toBeGreaterThan(0);
    expect(attempts.busiest()).toBeLessThanOrEqual(0.17);
  });

  test('come back at most 10 % in any 100 ms after the first second', () => {
    expect(attempts.busiest(1000)).toBeLessThanOrEqual(0.1);
  });

  test('come back at most 2 % in any 100 ms once the server has returned', () => {
    expect(attempts.busiest(OUTAGE_IN_MS)).toBeLessThanOrEqual(0.02);
  });

  test('are all back within 15 seconds of its return', () => {
    expect(attempts.end_in_ms).toBeLessThanOrEqual(OUTAGE_IN_MS + 15_100);
  });

  test('would come back all at once without jitter', () => {
    const without = simulate(() => 1);
    console.log(without.histogram('Without jitter'));
    expect(without.busiest()).toBe(1);
    expect(without.busiest(OUTAGE_IN_MS)).toBe(1);
  });
});
