import { describe, expect, test } from 'vitest';
import { Attempts } from '../support/attempts.ts';
import { SeededRandom } from '../support/seeded_random.ts';
import { open_virtual_page, type VirtualSocket } from '../support/virtual_page.ts';
import { VirtualTime } from '../support/virtual_time.ts';

/** How long a round trip to the server takes. */
const LATENCY_IN_MS = 40;

/** A page that hands each of its sockets to a test, a millisecond after it was created. */
function open_network() {
  const time = new VirtualTime();
  const random = new SeededRandom(1);
  const page = open_virtual_page({ time, random: () => random.next() });
  const run = (milliseconds: number, treat: (socket: VirtualSocket) => void) => {
    for (const end = time.now() + milliseconds; time.now() < end; ) {
      time.pass(1);
      for (const socket of page.sockets.splice(0)) treat(socket);
    }
  };
  return { time, random, page, run };
}

test('500 clients that are cut every 10 s on average are back within 0.6 s (p50) and 1.4 s (p99)', () => {
  const { time, random, page, run } = open_network();
  const outages: number[] = [];
  for (let client = 0; client < 500; client++) {
    let lost_at = Number.NaN;
    page.connect({
      events: {
        on_close: () => {
          lost_at = time.now();
        },
        on_reconnect: () => outages.push(time.now() - lost_at),
      },
    });
  }
  run(120_000, (socket) => {
    const life_in_ms = -10_000 * Math.log(1 - random.next());
    if (life_in_ms > LATENCY_IN_MS) time.after(LATENCY_IN_MS, () => socket.accept());
    time.after(life_in_ms, () => socket.end());
  });
  outages.sort((a, b) => a - b);
  const quantile = (share: number) => outages[Math.floor(share * outages.length)];
  console.log(`${outages.length} outages; p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`);
  // A message that is published every 100 ms takes another 70 ms on average, and at most 120 ms.
  expect(quantile(0.5)).toBeLessThanOrEqual(600);
  expect(quantile(0.99)).toBeLessThanOrEqual(1_400);
});

describe('10,000 clients of a server that accepts them for a second, again and again,', () => {
  const CLIENTS = 10_000;
  const SETTLED_AFTER_IN_MS = 20_000;

  test('come back at most 2 % in any 100 ms after 20 s, if it crashes and is away for another second', () => {
    const { time, page, run } = open_network();
    const attempts = new Attempts(CLIENTS);
    for (let client = 0; client < CLIENTS; client++) page.connect();
    const open: VirtualSocket[] = [];
    const accept = (socket: VirtualSocket) => {
      socket.accept();
      open.push(socket);
    };
    run(60_000, accept);
    const lost_at = time.now();
    const crash = () => {
      for (const socket of open.splice(0)) socket.end(1006);
    };
    while (time.now() - lost_at < 2 * SETTLED_AFTER_IN_MS) {
      crash();
      run(1000, (socket) => {
        attempts.add(time.now() - lost_at);
        socket.end(1006);
      });
      run(1000, (socket) => {
        attempts.add(time.now() - lost_at);
        accept(socket);
      });
    }
    console.log(attempts.histogram('A server that crashes'));
    expect(attempts.busiest(SETTLED_AFTER_IN_MS)).toBeGreaterThan(0);
    expect(attempts.busiest(SETTLED_AFTER_IN_MS)).toBeLessThanOrEqual(0.02);
  });

  test('come back at most 2 % in any 100 ms after 20 s, if it closes each of them', () => {
    const { time, page, run } = open_network();
    const attempts = new Attempts(CLIENTS);
    for (let client = 0; client < CLIENTS; client++) page.connect();
    run(2 * SETTLED_AFTER_IN_MS, (socket) => {
      attempts.add(time.now());
      socket.accept();
      time.after(1000, () => socket.end(1011));
    });
    console.log(attempts.histogram('A server that closes'));
    expect(attempts.busiest(SETTLED_AFTER_IN_MS)).toBeGreaterThan(0);
    expect(attempts.busiest(SETTLED_AFTER_IN_MS)).toBeLessThanOrEqual(0.02);
  });
});
