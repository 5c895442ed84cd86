import { expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { serve } from '../support/server.ts';

test('an endpoint echoes', async () => {
  const { url } = await serve({
    echo: { on_message: (message, connection) => connection.send(message) },
  });
  const client = await Client.connect(`${url}/echo`);
  client.send({ a: 1 });
  expect(await client.next_message()).toEqual({ a: 1 });
});
