import type { WebsocketDefinition } from 'joystick-websockets';
import { create_test_endpoint } from 'joystick-websockets/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { recorder, rejection_of } from '../support/events.ts';
import { run_node } from '../support/process.ts';

const never = () => new Promise(() => {});

describe("with vitest's fake timers", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  /** Says when a promise settles. */
  function time_of(promise: Promise<unknown>): { settled_at: number | undefined } {
    const time: { settled_at: number | undefined } = { settled_at: undefined };
    const note = () => {
      time.settled_at = Date.now();
    };
    promise.then(note, note);
    return time;
  }

  test('an on_upgrade is refused with 504 at 10 s, and not a moment before', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint({
      on_upgrade: ({ signal }) => {
        signal.addEventListener('abort', () => log.add(signal.reason.name));
        return never();
      },
    });
    const rejection = rejection_of(endpoint.connect());
    const time = time_of(rejection);
    await vi.advanceTimersByTimeAsync(9_999);
    expect([time.settled_at, log.entries]).toEqual([undefined, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([time.settled_at, log.entries]).toEqual([10_000, ['TimeoutError']]);
    expect(await rejection).toMatchObject({
      details: { status: 504, body: { error: { code: 'upgrade_timed_out' } } },
    });
    await endpoint.close();
  });

  test('a client that leaves no close frame unanswered leaves no timer behind', async () => {
    const endpoint = create_test_endpoint({ on_open: (connection) => connection.close() });
    await (await endpoint.connect()).closed;
    await endpoint.close();
  });

  test('a client that does not answer a close is cut at close_timeout_in_seconds', async () => {
    const on_close = vi.fn();
    const endpoint = create_test_endpoint(
      { on_close },
      { options: { close_timeout_in_seconds: 2.5 } },
    );
    const client = await endpoint.connect();
    client.pause();
    endpoint.close_all(4000);
    await vi.advanceTimersByTimeAsync(2_499);
    expect(on_close).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(on_close).toHaveBeenCalledExactlyOnceWith(4000, '', expect.anything());
    client.resume();
    expect((await client.closed).code).toBe(4000);
  });

  test('close() waits for a handler that hangs until its grace has passed', async () => {
    const on_close = vi.fn();
    const endpoint = create_test_endpoint({ on_message: never, on_close });
    const client = await endpoint.connect();
    client.send(1);
    await vi.advanceTimersByTimeAsync(0);
    const time = time_of(endpoint.close({ grace_in_seconds: 30 }));
    await vi.advanceTimersByTimeAsync(29_999);
    expect([time.settled_at, on_close.mock.calls.length]).toEqual([undefined, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect([time.settled_at, on_close.mock.calls.length]).toEqual([30_000, 1]);
  });

  test('close() waits 5 s where it is told nothing', async () => {
    const endpoint = create_test_endpoint({ on_close: never });
    await endpoint.connect();
    const time = time_of(endpoint.close());
    await vi.advanceTimersByTimeAsync(4_999);
    expect(time.settled_at).toBe(undefined);
    await vi.advanceTimersByTimeAsync(1);
    expect(time.settled_at).toBe(5_000);
  });

  test('next_message() rejects at 1 s, or when it is told to, and says what did arrive', async () => {
    const endpoint = create_test_endpoint({ on_open: (connection) => connection.send({ a: 1 }) });
    const client = await endpoint.connect();
    expect(await client.next_message()).toEqual({ a: 1 });
    const rejection = rejection_of(client.next_message());
    const later = rejection_of(client.next_message({ timeout_in_seconds: 3 }));
    const times = [time_of(rejection), time_of(later)];
    await vi.advanceTimersByTimeAsync(999);
    expect(times.map(({ settled_at }) => settled_at)).toEqual([undefined, undefined]);
    await vi.advanceTimersByTimeAsync(1);
    expect(times.map(({ settled_at }) => settled_at)).toEqual([1000, undefined]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(times.map(({ settled_at }) => settled_at)).toEqual([1000, 3000]);
    expect(String(await rejection)).toBe(
      'Error: no message came within 1 s; received so far: 1: {"a":1}',
    );
    expect(String(await later)).toContain('within 3 s');
    await endpoint.close();
  });

  test('next_message() waits for as long as it takes where it is told to', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => void setTimeout(() => connection.send('late'), 3_600_000),
    });
    const client = await endpoint.connect();
    const message = client.next_message({ timeout_in_seconds: Number.POSITIVE_INFINITY });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await message).toBe('late');
    await endpoint.close();
  });

  test('next_message() says so where nothing did arrive', async () => {
    const endpoint = create_test_endpoint({});
    const client = await endpoint.connect();
    const rejection = rejection_of(client.next_message());
    await vi.advanceTimersByTimeAsync(1000);
    expect(String(await rejection)).toBe(
      'Error: no message came within 1 s; received so far: nothing',
    );
    await endpoint.close();
  });

  test('a message that comes at its last moment is taken', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => setTimeout(() => connection.send('in time'), 1000),
    });
    const client = await endpoint.connect();
    const message = client.next_message();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await message).toBe('in time');
    await endpoint.close();
  });

  test('handlers that wait for time are waited for by settled()', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint({
      on_message: async () => {
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        log.add(Date.now());
      },
    });
    const client = await endpoint.connect();
    client.send(1);
    client.send(2);
    const settled = endpoint.settled();
    await vi.advanceTimersByTimeAsync(120_000);
    await settled;
    expect(log.entries).toEqual([60_000, 120_000]);
    await endpoint.close();
  });
});

test('no timer is needed for messages: all may be faked, microtasks included', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
  const endpoint = create_test_endpoint({
    on_message: (message, connection) => connection.send(message),
  });
  const client = await endpoint.connect();
  client.send('hi');
  expect(await client.next_message()).toBe('hi');
  await endpoint.close();
  vi.useRealTimers();
});

test('timers may have been faked before the package is loaded, as Jest does everywhere', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
  onTestFinished(() => void vi.useRealTimers());
  vi.resetModules();
  const { create_test_endpoint } = await import('joystick-websockets/testing');
  const endpoint = create_test_endpoint({
    on_message: (message, connection) => connection.send(message),
  });
  const client = await endpoint.connect();
  for (let number = 0; number < 1000; number++) {
    client.send(number);
    expect(await client.next_message()).toBe(number);
  }
  await endpoint.close();
});

describe.each([
  ['the timers are faked, and not the date', ['setTimeout', 'clearTimeout']],
  ['the date is set back', ['setTimeout', 'clearTimeout', 'Date']],
] as const)('where %s, time passes all the same', (_how, toFake) => {
  /** Starts an endpoint, and lets clients in. */
  async function start(definition: WebsocketDefinition, count = 1) {
    vi.useFakeTimers({ toFake: [...toFake] });
    onTestFinished(() => void vi.useRealTimers());
    const endpoint = create_test_endpoint(definition);
    const clients = [];
    for (let joined = 0; joined < count; joined++) clients.push(await endpoint.connect());
    if (toFake.includes('Date' as never)) vi.setSystemTime('2000-01-01');
    return { endpoint, clients };
  }

  test('for max_messages_per_second', async () => {
    const handled: unknown[] = [];
    const { endpoint, clients } = await start({
      on_message: (message) => void handled.push(message),
      options: { max_messages_per_second: 2 },
    });
    for (let number = 1; number <= 6; number++) clients[0]?.send(number);
    await vi.advanceTimersByTimeAsync(2000);
    expect(handled).toEqual([1, 2, 3, 4, 5, 6]);
    await endpoint.close();
  });

  test('for the heartbeat', async () => {
    const on_close = vi.fn();
    const { endpoint, clients } = await start({ on_close });
    clients[0]?.pause();
    await vi.advanceTimersByTimeAsync(35_000);
    expect(on_close).toHaveBeenCalledExactlyOnceWith(1006, '', expect.anything());
    await endpoint.close();
  });

  test('for a drain', async () => {
    const on_close = vi.fn();
    const { endpoint } = await start({ on_close }, 10);
    const closing = endpoint.close({ drain_in_seconds: 10 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(on_close).toHaveBeenCalledTimes(5);
    await vi.advanceTimersByTimeAsync(5000);
    await closing;
    expect(on_close.mock.calls.map(([code]) => code)).toEqual(Array(10).fill(1012));
  });
});

test('where the date alone is faked, real timers go on', async () => {
  vi.setSystemTime('2020-01-01');
  onTestFinished(() => void vi.useRealTimers());
  const endpoint = create_test_endpoint({
    on_message: (message, connection) => connection.send(message),
    options: { max_messages_per_second: 100 },
  });
  const client = await endpoint.connect();
  for (let number = 0; number < 105; number++) client.send(number);
  for (let number = 0; number < 105; number++) expect(await client.next_message()).toBe(number);
  await endpoint.close({ drain_in_seconds: 0.1 });
  expect((await client.closed).code).toBe(1012);
});

test("with node:test's mock timers, time-outs advance exactly, too", async () => {
  const file = 'test/support/mock_timers.node.ts';
  const { exited } = run_node(['--import', 'tsx', '--test', '--test-reporter=tap', file]);
  const { code, output } = await exited;
  expect(output).toMatch(/^# pass 3$/m);
  expect(code).toBe(0);
});
