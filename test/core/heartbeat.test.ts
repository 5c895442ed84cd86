import fast_check from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENDINGS, type Ending } from '../../src/core/connection/ending.ts';
import {
  Heartbeat,
  type HeartbeatMember,
  type Pulse,
} from '../../src/core/connection/heartbeat.ts';
import type { Socket } from '../../src/core/wire/socket.ts';
import { ManualClock } from '../support/manual_clock.ts';

const INTERVAL = 25;
const TIMEOUT = 10;
/** What timers of whole milliseconds add, and reckoning with fractions. */
const SLACK_IN_MILLISECONDS = 5;

/** A peer, and our end of the connection to it. */
class Peer implements HeartbeatMember {
  is_open = true;
  is_paused = false;
  total_bytes_received = 200;
  total_bytes_sent = 0;
  stalled_bytes = 0;
  readonly pinged_at: number[] = [];
  cut_at: number | undefined;
  /** How long it takes to answer a ping; `undefined` for one that is gone. */
  answers_after: number | undefined;
  /** What arrived while nothing was read. */
  unread = 0;
  readonly pulse: Pulse;
  readonly #clock: ManualClock;
  readonly #heartbeat: Heartbeat;

  constructor(clock: ManualClock, heartbeat: Heartbeat, answers_after?: number) {
    this.#clock = clock;
    this.#heartbeat = heartbeat;
    this.answers_after = answers_after;
    this.pulse = heartbeat.watch(this, this as unknown as Socket);
  }

  ping(): void {
    this.pinged_at.push(this.#clock.now());
    if (this.answers_after !== undefined) this.#clock.after(this.answers_after, () => this.talk());
  }

  end(how: Ending): void {
    expect(how).toBe(ENDINGS.vanished);
    this.cut_at = this.#clock.now();
    this.is_open = false;
    this.#heartbeat.forget(this.pulse);
  }

  talk(): void {
    if (this.is_paused) this.unread++;
    else this.total_bytes_received++;
  }

  resume(): void {
    this.is_paused = false;
    this.pulse.excuse();
  }
}

function create_heartbeat(interval = INTERVAL, timeout = TIMEOUT) {
  const clock = new ManualClock();
  return { clock, heartbeat: new Heartbeat(interval, timeout, clock) };
}

describe('9: a peer that vanishes', () => {
  test('is cut within interval plus time-out, whenever it vanishes and however many others there are', () => {
    fast_check.assert(
      fast_check.property(
        fast_check.constantFrom(0.05, 0.1, 0.33, 1, 7.5, 25, 600),
        fast_check.double({ min: 0.001, max: 1, noNaN: true }),
        fast_check.double({ min: 0, max: 3, noNaN: true }),
        fast_check.array(fast_check.double({ min: 0, max: 0.5, noNaN: true }), { maxLength: 12 }),
        (interval, share, intervals_alive, joins) => {
          const timeout = interval * share;
          const { clock, heartbeat } = create_heartbeat(interval, timeout);
          for (const wait of joins) {
            new Peer(clock, heartbeat, 1);
            clock.pass(wait * interval * 1000);
          }
          const peer = new Peer(clock, heartbeat);
          clock.pass(intervals_alive * interval * 1000);
          peer.talk();
          // It may have been cut before: then it had said nothing at all.
          const last_sign = peer.cut_at === undefined ? clock.now() : Number.NaN;
          clock.pass((interval + timeout) * 1000 + SLACK_IN_MILLISECONDS);
          if (Number.isNaN(last_sign)) return;
          expect(peer.cut_at).toBeLessThanOrEqual(clock.now());
          expect(peer.pinged_at).not.toEqual([]);
          // It had its time to answer.
          const asked_at = peer.pinged_at.at(-1) ?? 0;
          expect((peer.cut_at ?? 0) - asked_at).toBeGreaterThanOrEqual(timeout * 1000 - 0.001);
          expect(asked_at - last_sign).toBeGreaterThanOrEqual(
            interval * 800 - SLACK_IN_MILLISECONDS,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is cut when the time-out is as long as the interval', () => {
    const { clock, heartbeat } = create_heartbeat(10, 10);
    const peer = new Peer(clock, heartbeat);
    clock.pass(20_000);
    expect(peer.pinged_at).toHaveLength(1);
    expect(peer.cut_at).toBeDefined();
  });

  test('is cut also while we go on sending to it: what a kernel takes for it is no sign of life', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    for (let second = 0; second < INTERVAL + TIMEOUT; second++) {
      // At first all of it, then nothing more.
      if (second < 5) peer.total_bytes_sent += 1_000_000;
      else peer.stalled_bytes += 1_000_000;
      clock.pass(1000);
    }
    expect(peer.cut_at).toBeDefined();
  });

  test('is cut once, though it was asked long ago', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    clock.pass((INTERVAL + TIMEOUT) * 1000);
    const { cut_at } = peer;
    expect(cut_at).toBeDefined();
    clock.pass(600_000);
    expect(peer.cut_at).toBe(cut_at);
  });
});

describe('9: a peer that lives', () => {
  test('is never cut over an hour, idle as it is, and is pinged once an interval at most', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peers = [1, 500, 3000, 9900].map((delay) => new Peer(clock, heartbeat, delay));
    clock.pass(3_600_000);
    for (const peer of peers) {
      expect(peer.cut_at).toBeUndefined();
      expect(peer.pinged_at.length).toBeGreaterThanOrEqual(Math.floor(3600 / (INTERVAL + TIMEOUT)));
      // A ping after 0.8 of the interval of silence.
      expect(peer.pinged_at.length).toBeLessThanOrEqual(3600 / (0.8 * INTERVAL));
    }
  });

  test('is never pinged while it talks', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    for (let minute = 0; minute < 60 * 4; minute++) {
      clock.pass(15_000);
      peer.talk();
    }
    expect(peer.pinged_at).toEqual([]);
  });

  test('is never pinged, nor cut, while it reads what waits for it, and we go on adding to it', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    peer.stalled_bytes = 1_000_000;
    for (let second = 0; second < 600; second++) {
      // More is added than is read: what waits never shrinks.
      peer.total_bytes_sent += 100_000;
      peer.stalled_bytes += 101_000 - 100_000;
      clock.pass(1000);
    }
    expect(peer.pinged_at).toEqual([]);
    expect(peer.cut_at).toBeUndefined();
  });

  test('is not cut, where it answers behind what waits for it', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    clock.pass(21_000);
    peer.stalled_bytes = 1_000_000;
    while (peer.pinged_at.length === 0) clock.pass(1000);
    for (let second = 0; second < 30; second++) {
      peer.total_bytes_sent += 30_000;
      peer.stalled_bytes -= 30_000;
      clock.pass(1000);
    }
    expect(peer.cut_at).toBeUndefined();
  });

  test('is pinged every 256 KiB that it is sent, unless it talks: a kernel takes megabytes', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    peer.pulse.wrote(262_144);
    expect(peer.pinged_at).toHaveLength(0);
    for (let count = 0; count < 16; count++) peer.pulse.wrote(65_536);
    expect(peer.pinged_at).toHaveLength(4);
    for (let count = 0; count < 16; count++) {
      peer.talk();
      peer.pulse.wrote(65_536);
    }
    expect(peer.pinged_at).toHaveLength(4);
  });

  test('is not cut where its answer comes at the last moment', () => {
    for (const timeout of [0.5, 4.999, 5, 5.001, 10, 25]) {
      const { clock, heartbeat } = create_heartbeat(INTERVAL, timeout);
      const peer = new Peer(clock, heartbeat, timeout * 1000 - 1);
      clock.pass(3_600_000);
      expect(peer.cut_at).toBeUndefined();
    }
  });

  test('is not cut, however short the interval', () => {
    for (const interval of [0.001, 0.01, 0.05, 0.2]) {
      const { clock, heartbeat } = create_heartbeat(interval, interval);
      const peer = new Peer(clock, heartbeat, 0);
      if (interval < 0.005) peer.is_paused = true;
      clock.pass(5000);
      expect(peer.cut_at).toBeUndefined();
      expect(peer.pinged_at.length).toBeGreaterThan(3);
    }
  });

  test('is asked first after 0.8 to 1 of the interval, like everybody', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peers = Array.from({ length: 30 }, () => new Peer(clock, heartbeat, 1));
    for (const peer of peers) peer.total_bytes_received = 0;
    const start = clock.now();
    clock.pass(INTERVAL * 1000 + SLACK_IN_MILLISECONDS);
    for (const { pinged_at } of peers) {
      expect(pinged_at).toHaveLength(1);
      expect((pinged_at[0] ?? 0) - start).toBeGreaterThanOrEqual(INTERVAL * 800);
    }
  });
});

describe('a peer whose reading is paused', () => {
  test('9: is pinged, and is not cut for its silence', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat, 1);
    peer.is_paused = true;
    clock.pass(600_000);
    expect(peer.pinged_at.length).toBeGreaterThan(10);
    expect(peer.cut_at).toBeUndefined();
  });

  test('9: has its time to be heard once it is read again', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat, 10);
    while (peer.pinged_at.length === 0) clock.pass(10);
    peer.is_paused = true;
    // Its answer waits to be read; just then its time is over.
    clock.pass(TIMEOUT * 1000 - 15);
    expect(peer.unread).toBe(1);
    peer.resume();
    clock.pass(20);
    expect(peer.cut_at).toBeUndefined();
    peer.talk();
    clock.pass(60_000);
    expect(peer.cut_at).toBeUndefined();
  });

  test('9: is pinged, and is not cut, if it is read a little again and again', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat, 1);
    for (let seconds = 0; seconds < 600; seconds += 3) {
      peer.is_paused = true;
      clock.pass(3000);
      peer.resume();
    }
    expect(peer.pinged_at.length).toBeGreaterThan(10);
    expect(peer.cut_at).toBeUndefined();
  });

  test('9: that has vanished is cut within interval plus time-out of when it is read again', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    peer.is_paused = true;
    clock.pass(61_234);
    peer.resume();
    clock.pass((INTERVAL + TIMEOUT) * 1000 + SLACK_IN_MILLISECONDS);
    expect(peer.cut_at).toBeDefined();
  });
});

describe('a process that was held up', () => {
  test('9: reads what has arrived meanwhile before it judges anybody', () => {
    for (const timeout of [0.1, 0.4, 1, 10, 25]) {
      for (const held_up of [300, 600, 5000, 60_000, 3_600_000]) {
        const { clock, heartbeat } = create_heartbeat(INTERVAL, timeout);
        const peer = new Peer(clock, heartbeat);
        while (peer.pinged_at.length === 0) clock.pass(1);
        // Until shortly before its time is over, and on.
        clock.pass(Math.max(0, timeout * 1000 - 50));
        clock.hold_up(held_up);
        expect(peer.cut_at).toBeUndefined();
        // Now all that has arrived is read.
        peer.talk();
        clock.pass(timeout * 1000 + 1000);
        expect(peer.cut_at).toBeUndefined();
      }
    }
  });

  test('9: again and again still notices who has vanished', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    // Each turn of it takes longer than a tick of the heartbeat.
    for (let turn = 0; turn < 400; turn++) clock.hold_up(1200);
    expect(peer.cut_at).toBeDefined();
  });
});

describe('the timer', () => {
  test('pings of those who came together are spread over a sweep', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peers = Array.from({ length: 1000 }, () => new Peer(clock, heartbeat, 1));
    clock.pass(INTERVAL * 1000);
    const pings = new Map<number, number>();
    for (const { pinged_at } of peers) {
      expect(pinged_at).toHaveLength(1);
      const at = Math.round(pinged_at[0] ?? 0);
      pings.set(at, (pings.get(at) ?? 0) + 1);
    }
    expect([...pings.values()]).toEqual(Array.from({ length: 10 }, () => 100));
    const times = [...pings.keys()].sort((one, other) => one - other);
    for (const [index, at] of times.entries()) expect(at - (times[0] ?? 0)).toBe(index * 500);
  });

  test('is one for all, and is there only while somebody is', () => {
    const { clock, heartbeat } = create_heartbeat();
    expect(clock.timers).toBe(0);
    const peers = Array.from({ length: 20 }, () => new Peer(clock, heartbeat));
    expect(clock.timers).toBe(1);
    clock.pass(INTERVAL * 900);
    expect(clock.timers).toBe(1);
    for (const { pulse } of peers) heartbeat.forget(pulse);
    expect(clock.timers).toBe(0);
    const late = new Peer(clock, heartbeat);
    expect(clock.timers).toBe(1);
    clock.pass((INTERVAL + TIMEOUT) * 1000);
    expect(late.cut_at).toBeDefined();
    expect(clock.timers).toBe(0);
    for (const { cut_at } of peers) expect(cut_at).toBeUndefined();
  });

  test('is one for all, also where the last is cut and another comes at that moment', () => {
    const { clock, heartbeat } = create_heartbeat();
    const first = new Peer(clock, heartbeat);
    const later: Peer[] = [];
    const end = first.end.bind(first);
    first.end = (how) => {
      end(how);
      later.push(new Peer(clock, heartbeat, 1));
    };
    clock.pass((INTERVAL + TIMEOUT) * 1000);
    expect(later).toHaveLength(1);
    clock.pass(1000);
    expect(clock.timers).toBe(1);
  });

  test('one that is forgotten while it is asked is not cut, and forgetting it twice is once', () => {
    const { clock, heartbeat } = create_heartbeat();
    const other = new Peer(clock, heartbeat, 1);
    const peer = new Peer(clock, heartbeat);
    while (peer.pinged_at.length === 0) clock.pass(100);
    heartbeat.forget(peer.pulse);
    heartbeat.forget(peer.pulse);
    peer.is_open = false;
    clock.pass(600_000);
    expect(peer.cut_at).toBeUndefined();
    expect(peer.pinged_at).toHaveLength(1);
    expect(other.pinged_at.length).toBeGreaterThan(20);
  });

  test('one that is closing is neither asked nor cut', () => {
    const { clock, heartbeat } = create_heartbeat();
    const peer = new Peer(clock, heartbeat);
    peer.is_open = false;
    clock.pass(600_000);
    expect([peer.pinged_at, peer.cut_at]).toEqual([[], undefined]);
  });
});
