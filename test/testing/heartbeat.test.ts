import { create_test_endpoint } from 'joystick-websockets/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SECOND = 1000;

function start(options = {}) {
  const closed: [unknown, number, number][] = [];
  const endpoint = create_test_endpoint(
    {
      on_close: (code, _reason, { params }) => closed.push([params.name, code, Date.now()]),
    },
    { options },
  );
  return { endpoint, closed };
}

describe('9: the heartbeat, on the timers of the runner', () => {
  test('cuts a client that answers nothing within interval plus time-out, and not before', async () => {
    const { endpoint, closed } = start();
    const start_at = Date.now();
    const client = await endpoint.connect({ params: { name: 'gone' } });
    client.pause();
    await vi.advanceTimersByTimeAsync((0.8 * 25 + 10) * SECOND);
    expect(closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    expect(closed).toEqual([['gone', 1006, expect.any(Number)]]);
    expect((closed[0]?.[2] ?? 0) - start_at).toBeLessThanOrEqual(35 * SECOND);
    await endpoint.close();
  });

  test('cuts it, too, while the endpoint goes on sending to it', async () => {
    const { endpoint, closed } = start();
    const client = await endpoint.connect({ params: { name: 'gone' } });
    client.pause();
    for (let second = 0; second < 35; second++) {
      endpoint.send('news');
      await vi.advanceTimersByTimeAsync(SECOND);
    }
    expect(closed).toEqual([['gone', 1006, expect.any(Number)]]);
    await endpoint.close();
  });

  test('never cuts an idle client that lives, over an hour', async () => {
    const { endpoint, closed } = start();
    const clients = [await endpoint.connect(), await endpoint.connect()];
    await vi.advanceTimersByTimeAsync(3600 * SECOND);
    expect(closed).toEqual([]);
    expect(clients.map(({ is_open }) => is_open)).toEqual([true, true]);
    await endpoint.close();
  });

  test('keeps a client that reads again before its time is over', async () => {
    const { endpoint, closed } = start();
    const client = await endpoint.connect();
    for (let round = 0; round < 10; round++) {
      client.pause();
      await vi.advanceTimersByTimeAsync(27 * SECOND);
      client.resume();
      await vi.advanceTimersByTimeAsync(SECOND);
    }
    expect(closed).toEqual([]);
    await endpoint.close();
  });

  test('is no more once it is switched off, or nobody is left', async () => {
    const { endpoint, closed } = start({ heartbeat_interval_in_seconds: 0 });
    const client = await endpoint.connect();
    client.pause();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(3600 * SECOND);
    expect(closed).toEqual([]);
    client.reset();
    await endpoint.close();

    const watched = start();
    const visitor = await watched.endpoint.connect();
    expect(vi.getTimerCount()).toBe(1);
    await visitor.close();
    await watched.endpoint.settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('max_messages_per_second, on the timers of the runner', () => {
  test('lets a second’s worth through at once, and then each when it is due', async () => {
    const handled: unknown[] = [];
    const endpoint = create_test_endpoint({
      options: { max_messages_per_second: 4 },
      on_message: (message) => handled.push(message),
    });
    const client = await endpoint.connect();
    for (let message = 0; message < 7; message++) client.send(message);
    await vi.advanceTimersByTimeAsync(0);
    expect(handled).toEqual([0, 1, 2, 3]);
    await vi.advanceTimersByTimeAsync(249);
    expect(handled).toEqual([0, 1, 2, 3]);
    await vi.advanceTimersByTimeAsync(1);
    expect(handled).toEqual([0, 1, 2, 3, 4]);
    await vi.advanceTimersByTimeAsync(500);
    expect(handled).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await endpoint.close();
  });
});

describe('11: a shutdown, on the timers of the runner', () => {
  test('drains evenly, and leaves no timer', async () => {
    const { endpoint, closed } = start({ heartbeat_interval_in_seconds: 0 });
    for (let count = 0; count < 10; count++) await endpoint.connect();
    const start_at = Date.now();
    const closing = endpoint.close({ drain_in_seconds: 10 });
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    await closing;
    const seconds = closed.map(([, , at]) => Math.round((at - start_at) / SECOND));
    expect(seconds).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer where everybody leaves by themselves', async () => {
    const { endpoint } = start();
    const clients = [await endpoint.connect(), await endpoint.connect()];
    const closing = endpoint.close({ drain_in_seconds: 600 });
    for (const client of clients) client.close();
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('lets nobody in at whatever moment of their connecting it begins', async () => {
    for (let moments = 0; moments < 20; moments++) {
      const { endpoint } = start();
      const connecting = endpoint.connect().then(
        (client) => client.closed.then(({ code }) => code),
        (refused) => refused.details.status,
      );
      for (let moment = 0; moment < moments; moment++) await Promise.resolve();
      await endpoint.close();
      expect(endpoint.connections).toEqual([]);
      expect([503, 1012]).toContain(await connecting);
    }
  });

  test('has a grace of any length, beyond what a timer can count', async () => {
    const { endpoint, closed } = start({ heartbeat_interval_in_seconds: 0 });
    const client = await endpoint.connect();
    client.pause();
    const closing = endpoint.close({ grace_in_seconds: 2_147_483, drain_in_seconds: 2_147_483 });
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    expect(closed).toEqual([]);
    endpoint.close({ grace_in_seconds: 0 });
    await vi.advanceTimersByTimeAsync(SECOND);
    await closing;
    expect(closed).toHaveLength(1);
  });
});
