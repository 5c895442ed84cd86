import { type Broker, check_broker, memory_broker } from 'joystick-websockets/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rejection_of } from '../support/events.ts';

/** The 5 s of vitest and of jest. */
const RUNNERS_TIMEOUT_IN_MILLISECONDS = 5_000;

/** What the suite hands to a runner. */
function collect_cases(create_broker: () => Broker, options?: { timeout_in_seconds: number }) {
  const cases: [title: string, body: () => Promise<void>][] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => cases.push([title, body]),
  };
  check_broker(create_broker, runner, options);
  return cases;
}

/** The error of a case, and after how many milliseconds it failed. */
async function failure_of(body: () => Promise<void>) {
  const started = performance.now();
  let is_over = false;
  const failure = rejection_of(body()).finally(() => {
    is_over = true;
  });
  while (!is_over) await vi.advanceTimersByTimeAsync(20);
  return { error: (await failure) as Error, after: performance.now() - started };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('check_broker', () => {
  // Each of its own, so that they reach nobody; the last is not even there.
  const silent = () => memory_broker();
  const absent = () => ({ ...memory_broker(), is_ready: false, start() {}, close: async () => {} });

  test.each(collect_cases(silent))(
    'fails a broker that carries nothing, before the runner does: %s',
    async (_title, body) => {
      const { error, after } = await failure_of(body);
      expect(error.message).toMatch(/^timed out after 4 s while waiting for .+$/);
      expect(after).toBeLessThan(RUNNERS_TIMEOUT_IN_MILLISECONDS);
    },
  );

  test.each(collect_cases(absent))(
    'fails a broker that is never ready, before the runner does: %s',
    async (_title, body) => {
      const { error, after } = await failure_of(body);
      expect(error.message).toBe('timed out after 4 s while waiting for the broker to be ready');
      expect(after).toBeLessThan(RUNNERS_TIMEOUT_IN_MILLISECONDS);
    },
  );

  test('waits as long as it is told to', async () => {
    const [[, body] = []] = collect_cases(absent, { timeout_in_seconds: 30 });
    const { error, after } = await failure_of(body as () => Promise<void>);
    expect(error.message).toContain('timed out after 30 s');
    expect(after).toBeGreaterThanOrEqual(30_000);
  });

  test('closes the brokers that it has created, also if it could not create all of them', async () => {
    const closed: number[] = [];
    let created = 0;
    const [[, body] = []] = collect_cases(() => {
      const number = created++;
      if (number === 2) throw new Error('no third');
      return { ...memory_broker(), close: async () => void closed.push(number) };
    });
    expect(await rejection_of((body as () => Promise<void>)())).toEqual(new Error('no third'));
    expect(closed).toEqual([0, 1]);
  });

  test('rejects an option that it does not know, and a time-out that is no number', () => {
    expect(() => collect_cases(silent, { timeout: 1 } as never)).toThrow('timeout');
    expect(() => collect_cases(silent, { timeout_in_seconds: '4' } as never)).toThrow(
      'timeout_in_seconds must be a number of at least 0; got "4"',
    );
  });
});
