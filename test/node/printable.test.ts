import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

const PATH = '/api/_websockets';
/** CSI and NEL, a byte each in a header: the first begins what a terminal obeys, the second a line. */
const C1 = '\u009b31m\u0085forged';
const ESCAPED_C1 = '\\u009b31m\\u0085forged';
/** What hides or reorders text, ends lines, or is half a character. */
const OTHERS = '\u202e\u2066\u2028\u2029\u200b\ud83d';
const ESCAPED_OTHERS = '\\u202e\\u2066\\u2028\\u2029\\u200b\\ud83d';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('6: what a client chooses cannot forge the log or an error message', () => {
  for (const name of ['Origin', 'Host', 'X-Forwarded-Host']) {
    test(`by ${name}`, async () => {
      const { port, logger } = await serve({ chat: {} });
      const client = await RawClient.connect(port);
      const headers = { Origin: 'https://example.com', [name]: `https://${C1}` };
      client.send(upgrade_request(`${PATH}/chat`, { headers }));
      expect(await client.ended).toContain('origin_not_allowed');
      const [logged = ''] = logger.entries.map(({ message }) => message);
      expect(logged).toContain(`"https://${ESCAPED_C1}"`);
      expect(logged).not.toMatch(UNPRINTABLE);
    });
  }

  test('by the names in a message', async () => {
    const log = recorder();
    const { url } = await serve({
      chat: { receives: z.strictObject({}), on_error: (error) => log.add(error) },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send({ [C1 + OTHERS]: 1 });
    await log.reaches(1);
    const { message } = log.entries[0] as Error;
    expect(message).toContain(ESCAPED_C1 + ESCAPED_OTHERS);
    expect(message).not.toMatch(UNPRINTABLE);
  });

  test('by the reason that the server gives for closing', async () => {
    const { url } = await serve({ chat: { receives: z.strictObject({}) } });
    const client = await Client.connect(`${url}/chat`);
    client.send({ [C1]: 1 });
    const { code, reason } = await client.closed;
    expect(code).toBe(1007);
    expect(reason).toContain(ESCAPED_C1);
  });

  test('by a query', async () => {
    const { port } = await serve({ chat: { params: z.strictObject({}) } });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat?${encodeURIComponent(C1)}=1`));
    const body = (await client.ended).split('\r\n\r\n')[1] ?? '';
    expect(JSON.parse(body).error.message).toContain(ESCAPED_C1);
  });

  test('by what a schema throws', async () => {
    const validate = (value: unknown) => {
      throw new Error(`cannot read ${value}`);
    };
    const receives = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const { url, logger } = await serve({ chat: { receives } });
    const client = await Client.connect(`${url}/chat`);
    client.send(JSON.stringify(C1));
    await client.closed;
    const [failure] = logger.entries.map(({ details }) => details.error as Error);
    expect(failure?.message).toContain(ESCAPED_C1);
  });

  test('by the name of an endpoint that a handler looks up for it', async () => {
    const log = recorder();
    const served = await serve({
      chat: {
        on_message: (name) => served.mounted.endpoint(name),
        on_error: (error) => log.add((error as Error).message),
      },
    });
    const client = await Client.connect(`${served.url}/chat`);
    client.send(JSON.stringify(C1));
    await log.reaches(1);
    expect(log.entries[0]).toContain(`"${ESCAPED_C1}"`);
  });
});
