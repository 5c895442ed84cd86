import { UpgradeRefusal } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { gate, recorder, rejection_of } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** What decides whether a client is connected, over whatever it comes. */
export function check_upgrade(start: StartEndpoint): void {
  describe('6: a client that is refused reaches no other handler', () => {
    test('one that on_upgrade refuses', async () => {
      const log = recorder();
      const endpoint = await start({
        on_upgrade: ({ params }) => {
          if (params.token !== 'right') throw new UpgradeRefusal(401, 'Sign in first');
          return { user: 'Ada' };
        },
        on_open: (connection) => connection.send(connection.context),
        on_close: () => log.add('closed'),
      });
      await expect(endpoint.connect('?token=wrong')).rejects.toThrow('401');
      const client = await endpoint.connect('?token=right');
      expect(await client.next_message()).toEqual({ user: 'Ada' });
      await client.close();
      await log.reaches(1);
      expect(log.entries).toEqual(['closed']);
      expect(endpoint.logged.map(({ message }) => message)).toEqual([
        'websockets.tested refused a client with 401 upgrade_refused: Sign in first',
      ]);
    });

    test('one with more than 100 parameters: 400, since each connection keeps its own', async () => {
      const log = recorder();
      const endpoint = await start({
        on_upgrade: ({ params }) => log.add(Object.keys(params).length),
      });
      const query = (count: number) =>
        `?${Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')}`;
      await expect(endpoint.connect(query(101))).rejects.toThrow('400');
      await expect(endpoint.connect(query(2000))).rejects.toThrow('400');
      await endpoint.connect(query(100));
      expect(log.entries).toEqual([100]);
    });

    /** An endpoint whose handlers say that they were called. */
    const recording = () => {
      const log = recorder();
      const handlers = {
        on_open: () => log.add('opened'),
        on_close: () => log.add('closed'),
      };
      return { log, handlers };
    };

    test('one for which on_upgrade fails: 500, and the failure is logged', async () => {
      const { log, handlers } = recording();
      const failure = new Error('no');
      const endpoint = await start({ ...handlers, on_upgrade: () => Promise.reject(failure) });
      await expect(endpoint.connect()).rejects.toThrow('500');
      expect(endpoint.logged.map(({ details }) => details)).toMatchObject([
        { handler: 'on_upgrade', error: failure },
      ]);
      expect(log.entries).toEqual([]);
    });

    test('one for which on_upgrade takes too long: 504, and its signal aborts', async () => {
      const { log, handlers } = recording();
      const endpoint = await start({
        ...handlers,
        options: { upgrade_timeout_in_seconds: 0.02 },
        on_upgrade: ({ signal }) => {
          signal.addEventListener('abort', () => log.add(signal.reason.name));
          return new Promise(() => {});
        },
      });
      await expect(endpoint.connect()).rejects.toThrow('504');
      expect(log.entries).toEqual(['TimeoutError']);
      expect(endpoint.logged.map(({ message }) => message)).toEqual([
        'websockets.tested refused a client with 504 upgrade_timed_out: the server took too long to decide whether to accept the connection',
      ]);
    });

    test('one that waits while the endpoint closes: 503, and the signal aborts', async () => {
      const { log, handlers } = recording();
      const endpoint = await start({
        ...handlers,
        on_upgrade: ({ signal }) => {
          signal.addEventListener('abort', () => log.add('aborted'));
          log.add('deciding');
          return new Promise(() => {});
        },
      });
      const rejection = rejection_of(endpoint.connect());
      await log.includes('deciding');
      await endpoint.close();
      expect(String(await rejection)).toContain('503');
      expect(log.entries).toEqual(['deciding', 'aborted']);
    });

    test('one that leaves while on_upgrade decides: the signal aborts', async () => {
      const { log, handlers } = recording();
      const decided = gate();
      const endpoint = await start({
        ...handlers,
        on_upgrade: async ({ signal }) => {
          signal.addEventListener('abort', () => log.add('aborted'));
          log.add('deciding');
          await decided.passed;
          log.add('decided');
          throw new Error('nobody is there to be told');
        },
      });
      const leaving = new AbortController();
      const rejection = rejection_of(endpoint.connect('', { signal: leaving.signal }));
      await log.includes('deciding');
      leaving.abort();
      await rejection;
      await log.includes('aborted');
      decided.open();
      await log.includes('decided');
      await endpoint.close();
      expect(log.entries).toEqual(['deciding', 'aborted', 'decided']);
      expect(endpoint.logged).toEqual([]);
    });

    test('a page of another origin: 403, and on_upgrade is not asked', async () => {
      const { log, handlers } = recording();
      const endpoint = await start({ ...handlers, on_upgrade: () => log.add('asked') });
      const headers = { origin: 'https://elsewhere.example' };
      await expect(endpoint.connect('', { headers })).rejects.toThrow('403');
      expect(log.entries).toEqual([]);
      expect(endpoint.logged.map(({ message }) => message)).toEqual([
        expect.stringContaining('https://elsewhere.example'),
      ]);
    });
  });

  test('on_upgrade settles before on_open, and what it returns is the context', async () => {
    const log = recorder();
    const decided = gate();
    const endpoint = await start({
      on_upgrade: async ({ headers, origin }) => {
        log.add('deciding');
        await decided.passed;
        return { cookie: headers.cookie, origin };
      },
      on_open: ({ context, headers }) => log.add({ context, cookie: headers.cookie }),
    });
    const connecting = endpoint.connect('', { headers: { cookie: 'a=b' } });
    await log.includes('deciding');
    decided.open();
    await connecting;
    await log.reaches(2);
    expect(log.entries).toEqual([
      'deciding',
      { context: { cookie: 'a=b', origin: undefined }, cookie: 'a=b' },
    ]);
  });

  test('what an asynchronous on_upgrade returns is the context', async () => {
    const endpoint = await start({
      on_upgrade: async () => ({ user: 'Ada' }),
      on_open: (connection) => connection.send(connection.context),
    });
    expect(await (await endpoint.connect()).next_message()).toEqual({ user: 'Ada' });
  });

  describe('what params makes of the query', () => {
    const params = z.object({
      room: z.string().min(2, 'Too short'),
      page: z.coerce.number().default(1),
    });

    test('is what handlers see', async () => {
      const endpoint = await start({
        params,
        on_upgrade: (request) => request.params,
        on_open: (connection) => connection.send([connection.params, connection.context]),
      });
      const seen = { room: 'lobby', page: 7 };
      const client = await endpoint.connect('?room=lobby&page=7&other=1');
      expect(await client.next_message()).toEqual([seen, seen]);
    });

    test('is nothing where it does not accept the query: the client is refused', async () => {
      const log = recorder();
      const endpoint = await start({
        params,
        on_upgrade: () => log.add('asked'),
        on_open: () => log.add('opened'),
      });
      await expect(endpoint.connect('?room=x')).rejects.toThrow('400');
      expect(log.entries).toEqual([]);
    });
  });
}
