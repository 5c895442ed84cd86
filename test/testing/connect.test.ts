import { UpgradeRefusal } from 'joystick-websockets';
import { create_test_endpoint } from 'joystick-websockets/testing';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { gate, recorder, rejection_of } from '../support/events.ts';

/** What a client sees that is refused. */
const refusal = (status: number, code: string, more: object = {}) => ({
  code: 'connect_refused',
  message: expect.stringContaining(`refused with ${status} ${code}: `),
  details: {
    status,
    headers: {},
    body: { error: { code, message: expect.any(String) } },
    ...more,
  },
});

describe('a connect that is refused rejects with the status and the body', () => {
  test('400 with the issues, where params are not as declared', async () => {
    const on_upgrade = vi.fn();
    const endpoint = create_test_endpoint({
      params: z.object({ page: z.coerce.number<string>('No number') }),
      on_upgrade,
    });
    const error = await rejection_of(endpoint.connect({ params: { page: 'two' } }));
    const issues = [{ message: 'No number', path: ['page'] }];
    expect(error).toMatchObject(
      refusal(400, 'bad_params', {
        body: { error: { code: 'bad_params', message: expect.any(String), issues } },
      }),
    );
    expect((error as Error).message).toContain('page: No number');
    expect(on_upgrade).not.toHaveBeenCalled();
    await endpoint.close();
  });

  test('the status, message and headers of an UpgradeRefusal', async () => {
    const endpoint = create_test_endpoint({
      on_upgrade: () => {
        throw new UpgradeRefusal(401, 'Sign in first', { 'WWW-Authenticate': ['a', 'b'] });
      },
    });
    expect(await rejection_of(endpoint.connect())).toMatchObject(
      refusal(401, 'upgrade_refused', {
        headers: { 'WWW-Authenticate': ['a', 'b'] },
        body: { error: { code: 'upgrade_refused', message: 'Sign in first' } },
      }),
    );
    await endpoint.close();
    expect(endpoint.errors).toEqual([]);
  });

  test('403 for a page of another origin; one of the same host is admitted', async () => {
    const endpoint = create_test_endpoint({});
    const error = await rejection_of(endpoint.connect({ origin: 'https://example.com' }));
    expect(error).toMatchObject(refusal(403, 'origin_not_allowed'));
    await endpoint.connect({ origin: 'http://localhost' });
    await endpoint.connect({ origin: 'https://a.b', headers: { Host: 'a.b' } });
    await endpoint.close();
  });

  test('500 where on_upgrade fails, and close() rejects with what it failed with', async () => {
    const failure = new Error('secret');
    const endpoint = create_test_endpoint({ on_upgrade: () => Promise.reject(failure) });
    const error = await rejection_of(endpoint.connect());
    expect(error).toMatchObject(refusal(500, 'upgrade_failed'));
    expect(String(error)).not.toContain('secret');
    expect(await rejection_of(endpoint.close())).toBe(failure);
  });

  test('500 where allowed_origins fails', async () => {
    const failure = new Error('no');
    const allowed_origins = () => {
      throw failure;
    };
    const endpoint = create_test_endpoint({}, { allowed_origins });
    const error = await rejection_of(endpoint.connect({ origin: 'https://example.com' }));
    expect(error).toMatchObject(refusal(500, 'upgrade_failed'));
    expect(endpoint.errors).toEqual([failure]);
    await endpoint.close();
  });

  test('400 and 426 for headers that ask for no WebSocket', async () => {
    const endpoint = create_test_endpoint({});
    const malformed = endpoint.connect({ headers: { 'Sec-WebSocket-Key': 'short' } });
    expect(await rejection_of(malformed)).toMatchObject(refusal(400, 'bad_request'));
    const old = endpoint.connect({ headers: { 'Sec-WebSocket-Version': '8' } });
    expect(await rejection_of(old)).toMatchObject({ details: { status: 426 } });
  });

  test('503 once it closes, also while on_upgrade still decides', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint({
      on_upgrade: ({ signal }) => {
        signal.addEventListener('abort', () => log.add('aborted'));
        log.add('deciding');
        return new Promise(() => {});
      },
    });
    const pending = rejection_of(endpoint.connect());
    await log.includes('deciding');
    await endpoint.close();
    expect(await pending).toMatchObject(refusal(503, 'closing'));
    expect(log.entries).toEqual(['deciding', 'aborted']);
    expect(await rejection_of(endpoint.connect())).toMatchObject(refusal(503, 'closing'));
  });

  test('at whatever moment it closes, a client is refused or closed with 1012', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const endpoint = create_test_endpoint({ on_upgrade: async () => {} });
      const connecting = endpoint.connect().then(
        (client) => client.closed,
        (error) => error.details.body.error,
      );
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await endpoint.close();
      expect([1012, 'closing']).toContain((await connecting).code);
      expect(endpoint.connections).toEqual([]);
    }
  });
});

describe('a client that leaves before it is connected', () => {
  test('has its reason thrown, and the signal of on_upgrade aborts', async () => {
    const log = recorder();
    const on_open = vi.fn();
    const decided = gate();
    const endpoint = create_test_endpoint({
      on_upgrade: async ({ signal }) => {
        signal.addEventListener('abort', () => log.add('aborted'));
        log.add('deciding');
        await decided.passed;
      },
      on_open,
    });
    const leaving = new AbortController();
    const rejection = rejection_of(endpoint.connect({ signal: leaving.signal }));
    await log.includes('deciding');
    const reason = new Error('gone');
    leaving.abort(reason);
    expect(await rejection).toBe(reason);
    expect(log.entries).toEqual(['deciding', 'aborted']);
    decided.open();
    await endpoint.settled();
    await endpoint.close();
    expect(on_open).not.toHaveBeenCalled();
  });

  test('is not asked about where it has left already', async () => {
    const on_upgrade = vi.fn();
    const endpoint = create_test_endpoint({ on_upgrade });
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(endpoint.connect({ signal })).rejects.toThrow('gone');
    expect(on_upgrade).not.toHaveBeenCalled();
  });

  test('at whatever moment it leaves, it is gone or connected', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const log = recorder();
      const endpoint = create_test_endpoint({ on_open: () => log.add('opened') });
      const leaving = new AbortController();
      const connecting = endpoint.connect({ signal: leaving.signal });
      const outcome = connecting.then(
        () => 'opened',
        () => 'gone',
      );
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      leaving.abort();
      expect(log.entries).toEqual((await outcome) === 'opened' ? ['opened'] : []);
      await endpoint.close();
    }
  });
});

describe('what on_upgrade and the connection are told', () => {
  test('everything that the client said', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint(
      {
        on_upgrade: ({ signal: _, ...request }) => {
          log.add(request);
          return { user: 'Ada' };
        },
        on_open: ({ params, context, headers, remote_address }) =>
          log.add({ params, context, cookie: headers.cookie, remote_address }),
      },
      { name: 'chat' },
    );
    await endpoint.connect({
      params: { room: 'a b', tag: ['x', 'y'], page: 2, on: true, left_out: undefined },
      headers: { Cookie: 'a=b' },
      origin: 'http://localhost',
      remote_address: '10.0.0.1',
    });
    const params = { room: 'a b', tag: ['x', 'y'], page: '2', on: 'true' };
    expect(log.entries).toEqual([
      {
        endpoint: 'chat',
        params,
        headers: expect.objectContaining({ host: 'localhost', cookie: 'a=b' }),
        origin: 'http://localhost',
        remote_address: '10.0.0.1',
        url: '/api/_websockets/chat?room=a+b&tag=x&tag=y&page=2&on=true',
      },
      { params, context: { user: 'Ada' }, cookie: 'a=b', remote_address: '10.0.0.1' },
    ]);
  });

  test('headers as Node reads them: what is sent twice is joined, what is undefined is not there', async () => {
    const endpoint = create_test_endpoint({});
    const headers = { Cookie: ['a=1', 'b=2'], 'X-Tag': ['x', 'y'], 'X-Left-Out': undefined };
    await endpoint.connect({ headers });
    const [connection] = endpoint.connections;
    expect(connection?.headers).toMatchObject({ cookie: 'a=1; b=2', 'x-tag': 'x, y' });
    expect(Object.keys(connection?.headers ?? {})).not.toContain('x-left-out');
  });

  test('what the params schema made of them', async () => {
    const endpoint = create_test_endpoint({
      params: z.object({ page: z.coerce.number<string>().default(1) }),
    });
    await endpoint.connect();
    await endpoint.connect({ params: { page: '2' } });
    expect(endpoint.connections.map(({ params }) => params)).toEqual([{ page: 1 }, { page: 2 }]);
  });

  test('14: parameters of any name, as own properties', async () => {
    const endpoint = create_test_endpoint({});
    const params = JSON.parse('{ "__proto__": "x", "constructor": "y", "id": "z" }');
    await endpoint.connect({ params });
    const [connection] = endpoint.connections;
    expect(Object.entries(connection?.params ?? {})).toEqual(Object.entries(params));
  });

  test('who the client is behind a proxy, where trust_proxy trusts it', async () => {
    const headers = { 'X-Forwarded-For': '1.2.3.4', 'X-Forwarded-Host': 'example.com' };
    const origin = 'https://example.com';
    const trusting = create_test_endpoint({}, { trust_proxy: 'loopback' });
    await trusting.connect({ headers, origin });
    expect(trusting.connections[0]?.remote_address).toBe('1.2.3.4');
    await expect(trusting.connect({ headers, origin, remote_address: '8.8.8.8' })).rejects.toThrow(
      '403',
    );
    const other = create_test_endpoint({}, { allowed_origins: [origin] });
    await other.connect({ headers, origin });
    expect(other.connections[0]?.remote_address).toBe('127.0.0.1');
  });
});
