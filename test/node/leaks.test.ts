import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { type Connection, UpgradeRefusal, type Websockets, websockets } from 'joystick-websockets';
import { expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { count_resources, left_since, measure_heap, until } from '../support/resources.ts';
import { serve } from '../support/server.ts';

const COUNT = 1000;
const AT_ONCE = 25;

/** Ways in which a client comes and goes; each resolves once its socket is gone. */
const VISITS: ((url: string) => Promise<unknown>)[] = [
  async (url) => (await Client.connect(`${url}/plain?id=1`)).close(1000),
  (url) => reset_once_echoed(url),
  (url) => send_and_be_closed(url, { does: 'close' }),
  (url) => send_and_be_closed(url, { does: 'terminate' }),
  (url) => send_and_be_closed(url, { does: 'fail' }),
  (url) => send_and_be_closed(url, 'no JSON'),
  async (url) => (await Client.connect(`${url}/asking`)).close(),
  (url) => be_refused(`${url}/asking?does=refuse`),
  (url) => be_refused(`${url}/asking?does=fail`),
  (url) => be_refused(`${url}/unknown`),
  (url) => be_refused(url.replace('/api/_websockets', '/elsewhere')),
  (url) => reset_while_asked(url),
  (url) => send_plain_request(url),
];

test(`3, 6, 11: ${COUNT} clients that come and go leave nothing behind, nor does a mount that closes`, async () => {
  const server = createServer((_request, response) => response.writeHead(404).end('not found'));
  const process_at_first = count_listeners(process);
  const server_at_first = count_listeners(server);
  const balance = { opened: 0, closed: 0 };
  const { mounted, url } = await serve(
    create_endpoints(balance),
    // So long that a timer which nobody cancelled is still there to be seen.
    { endpoint_options: { upgrade_timeout_in_seconds: 60, close_timeout_in_seconds: 60 } },
    server,
  );
  const server_mounted = count_listeners(server);
  const resources = count_resources();

  let left = COUNT;
  const visit_on = async () => {
    while (left-- > 0) await VISITS[left % VISITS.length]?.(url);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visit_on));
  await until(() => balance.closed === balance.opened && left_since(resources).length === 0);

  expect(balance.opened).toBeGreaterThan(COUNT / 3);
  expect(balance.closed).toBe(balance.opened);
  expect(left_since(resources)).toEqual([]);
  expect(count_listeners(server)).toEqual(server_mounted);
  expect(count_listeners(process)).toEqual(process_at_first);
  for (const name of ['plain', 'asking']) expect(mounted.endpoint(name).connections).toEqual([]);

  await mounted.close();
  expect(count_listeners(server)).toEqual(server_at_first);
  expect(websockets('plain').connections).toEqual([]);
});

function create_endpoints(balance: { opened: number; closed: number }): Websockets {
  const counted = {
    on_open: () => {
      balance.opened++;
    },
    on_close: () => {
      balance.closed++;
    },
  };
  return {
    plain: {
      ...counted,
      on_message: (message, connection) => {
        if (message.does === 'close') connection.close(4000);
        else if (message.does === 'terminate') connection.terminate();
        else if (message.does === 'fail') throw new Error('on_message fails');
        else connection.send(message);
      },
    },
    asking: {
      ...counted,
      on_upgrade: async ({ params, signal }) => {
        if (params.does === 'refuse') throw new UpgradeRefusal(403, 'not you');
        if (params.does === 'fail') throw new Error('on_upgrade fails');
        if (params.does !== 'wait') return;
        const departed = once(signal, 'abort');
        asked.emit(String(params.id));
        await departed;
      },
    },
  };
}

/** Emits the id of a client about which `on_upgrade` was asked. */
const asked = new EventEmitter();
let visits = 0;

async function reset_once_echoed(url: string): Promise<void> {
  const client = await Client.connect(`${url}/plain?id=2`);
  client.send({ does: 'echo' });
  await client.next_message();
  client.reset();
  await client.closed;
}

async function send_and_be_closed(url: string, message: unknown): Promise<void> {
  const client = await Client.connect(`${url}/plain?id=3`);
  client.send(message);
  await client.closed;
}

async function be_refused(url: string): Promise<void> {
  await expect(Client.connect(url)).rejects.toThrow('Unexpected server response');
}

async function reset_while_asked(url: string): Promise<void> {
  const id = String(visits++);
  const was_asked = once(asked, id);
  const socket = request_upgrade(`${url}/asking?does=wait&id=${id}`, 'websocket');
  await was_asked;
  socket.resetAndDestroy();
  await once(socket, 'close');
}

/** What `curl --http2` does. */
async function send_plain_request(url: string): Promise<void> {
  const socket = request_upgrade(url.replace('/api/_websockets', '/'), 'h2c');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch('404 Not Found');
  socket.end();
  await once(socket, 'close');
}

function request_upgrade(url: string, protocol: string) {
  const { port, pathname, search } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  return socket;
}

function count_listeners(emitter: EventEmitter): Record<string, number> {
  return Object.fromEntries(
    emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]),
  );
}

test('1,000,000 subscriptions that come and go leave no memory behind', async () => {
  const opened = recorder();
  const { url } = await serve({ chat: { on_open: (connection) => opened.add(connection) } });
  const client = await Client.connect(`${url}/chat`);
  await opened.reaches(1);
  const connection = opened.entries[0] as Connection;
  const churn = (count: number) => {
    for (let index = 0; index < count; index++) {
      connection.subscribe(`topic ${index}`);
      connection.unsubscribe(`topic ${index}`);
    }
  };
  churn(10_000);
  const before = await measure_heap();
  churn(1_000_000);
  expect((await measure_heap()) - before).toBeLessThan(1_000_000);
  expect(connection.topics).toEqual([]);
  await client.close();
});
