import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as create_https_server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mount_websockets, type Websockets } from 'joystick-websockets';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { create_certificate } from '../support/certificate.ts';
import { gate, recorder } from '../support/events.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';
import { measure_heap } from '../support/resources.ts';
import { serve } from '../support/server.ts';

const UPGRADE = upgrade_request('/api/_websockets/chat');
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** A server of both: `/slow` is answered once the gate opens, everything else at once. */
function slow_and_fast() {
  const log = recorder();
  const answer = gate();
  const respond: RequestListener = async (request, response) => {
    log.add(request.url);
    if (request.url === '/slow') await answer.passed;
    response.end(`answer to ${request.url}`);
  };
  return { log, answer, respond };
}

/** Whatever the client is told first of its upgrade: that it is connected, or the end. */
const outcome_of = (client: RawClient) =>
  Promise.race([client.ended, client.receives('101 Switching Protocols')]);

const TRANSPORTS: [string, (respond: RequestListener) => Server, typeof RawClient.connect][] = [
  ['HTTP', (respond) => createServer(respond), (port) => RawClient.connect(port)],
  [
    'HTTPS',
    (respond) => create_https_server(certificate, respond),
    (port) => RawClient.connect_tls(port),
  ],
];
let certificate: { key: string; cert: string };
beforeAll(() => {
  certificate = create_certificate();
});

describe('6: an upgrade is cut while an earlier request on its connection is unanswered', () => {
  for (const [transport, create, connect] of TRANSPORTS) {
    for (const on_upgrade of [undefined, async () => {}]) {
      for (const count of [1, 2, 5]) {
        const how = `${transport}, ${on_upgrade ? 'with an asynchronous' : 'without an'} on_upgrade`;
        test(`${count} of them, ${how}`, async () => {
          const { log, answer, respond } = slow_and_fast();
          const chat = { on_upgrade, on_open: () => log.add('opened') };
          const { port } = await serve({ chat }, {}, create(respond));
          const client = await connect(port);
          client.send(get('/slow').repeat(count) + UPGRADE);
          expect(await outcome_of(client)).toBe('');
          answer.open();
          expect(log.entries).toEqual(Array(count).fill('/slow'));
        });
      }
    }
  }

  const start = async (websockets: Websockets = { chat: {} }) => {
    const { log, answer, respond } = slow_and_fast();
    const { port } = await serve(websockets, {}, createServer(respond));
    return { log, answer, client: await RawClient.connect(port) };
  };

  test('the last of them alone', async () => {
    const { client } = await start();
    client.send(get('/fast') + get('/fast') + get('/slow'));
    await client.receives('answer to /fast');
    client.send(UPGRADE);
    await client.ended;
    expect(client.text).not.toContain('101 Switching Protocols');
  });

  test('one whose response was destroyed before its turn', async () => {
    const answer = gate();
    const server = createServer(async (request, response) => {
      if (request.url === '/destroyed') response.destroy();
      await answer.passed;
      response.end('late');
    });
    const { port } = await serve({ chat: {} }, {}, server);
    const client = await RawClient.connect(port);
    client.send(get('/slow') + get('/destroyed') + UPGRADE);
    expect(await outcome_of(client)).toBe('');
    answer.open();
  });

  test('one that came before anything was mounted', async () => {
    const { log, answer, respond } = slow_and_fast();
    const server = createServer(respond).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await RawClient.connect((server.address() as AddressInfo).port);
    client.send(get('/slow'));
    await log.reaches(1);
    const mounted = mount_websockets(server, { chat: {} });
    onTestFinished(async () => {
      await mounted.close();
      server.close();
    });
    client.send(UPGRADE);
    expect(await outcome_of(client)).toBe('');
    answer.open();
  });

  test('where another server accepted the connection, as Fastify does for a second address', async () => {
    const { answer, respond } = slow_and_fast();
    const { server } = await serve({ chat: {} });
    const second = createServer(respond);
    second.on('upgrade', (...upgrade) => server.emit('upgrade', ...upgrade));
    second.listen(0, '127.0.0.1');
    await once(second, 'listening');
    const client = await RawClient.connect((second.address() as AddressInfo).port);
    client.send(get('/slow') + UPGRADE);
    expect(await outcome_of(client)).toBe('');
    answer.open();
    await new Promise((resolve) => second.close(resolve));
  });

  test('one that was answered at once, which Node has yet to let go of', async () => {
    const { client } = await start();
    client.send(get('/fast') + UPGRADE);
    expect(await outcome_of(client)).toMatch(/^$|answer to \/fast$/);
  });

  test('where all have been answered, the upgrade is accepted', async () => {
    const { client } = await start();
    client.send(get('/1') + get('/2') + get('/3'));
    await client.receives('answer to /3');
    client.send(UPGRADE);
    await client.receives('101 Switching Protocols');
  });
});

describe('6: a mount lets every connection of the process forget what was answered', () => {
  for (const [what, next] of [
    ['one that is idle', ''],
    ['one that became a WebSocket', UPGRADE],
  ] as const) {
    test(what, async () => {
      const answered: WeakRef<object>[] = [];
      const server = createServer((request, response) => {
        answered.push(new WeakRef(request), new WeakRef(response));
        response.end('answered');
      });
      const { port } = await serve({ chat: {} }, {}, server);
      const client = await RawClient.connect(port);
      client.send(get('/'));
      await client.receives('answered');
      client.send(next);
      if (next !== '') await client.receives('101 Switching Protocols');
      await measure_heap();
      expect(answered.map((each) => each.deref())).toEqual([undefined, undefined]);
      expect(client.socket.closed).toBe(false);
    });
  }
});
