import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as create_tls_server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fast_check from 'fast-check';
import type { Connection } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { type RunningServer, serve } from '../support/server.ts';

const CLIENTS = 4;
const TOPICS = ['a', 'b'];

type Step =
  | {
      act: 'send' | 'publish' | 'subscribe' | 'unsubscribe';
      who: number;
      topic: string;
      size: number;
    }
  | { act: 'send_all' | 'publish_all'; topic: string; size: number }
  | { act: 'close' | 'ping'; who: number }
  | { act: 'turn_ends' };

const size = fast_check.oneof(
  { weight: 6, arbitrary: fast_check.nat(200) },
  { weight: 1, arbitrary: fast_check.constantFrom(1100, 66_000, 200_000) },
);
const topic = fast_check.constantFrom(...TOPICS);
const who = fast_check.nat(CLIENTS - 1);
const step: fast_check.Arbitrary<Step> = fast_check.oneof(
  {
    weight: 8,
    arbitrary: fast_check.record({
      act: fast_check.constantFrom('send', 'publish', 'subscribe', 'unsubscribe'),
      who,
      topic,
      size,
    }),
  },
  {
    weight: 4,
    arbitrary: fast_check.record({
      act: fast_check.constantFrom('send_all', 'publish_all'),
      topic,
      size,
    }),
  },
  {
    weight: 2,
    arbitrary: fast_check.record({ act: fast_check.constantFrom('close', 'ping'), who }),
  },
  { weight: 2, arbitrary: fast_check.record({ act: fast_check.constant('turn_ends') }) },
);

/** Carries out the steps, and does the same in a naive model that writes every frame at once. */
async function run(
  steps: Step[],
  { mounted }: RunningServer,
  connections: Connection[],
  clients: Client[],
) {
  const expected = connections.map((): string[] => []);
  const topics = connections.map(() => new Set<string>());
  const open = new Set(connections.keys());
  const handle = mounted.endpoint('ordered');
  const hear = (listener: number, text: string) => {
    if (open.has(listener)) expected[listener]?.push(text);
  };
  for (const [index, each] of steps.entries()) {
    if (each.act === 'turn_ends') {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    if (!('topic' in each)) {
      // A pong leaves at a moment of its own, between the messages.
      if (each.act === 'ping') clients[each.who]?.socket.ping(String(index), undefined, () => {});
      else {
        connections[each.who]?.close(4000);
        open.delete(each.who);
      }
      continue;
    }
    const text = `${index} ${'x'.repeat(each.size)}`;
    const listens = (listener: number) => topics[listener]?.has(each.topic) === true;
    if (!('who' in each)) {
      const is_for_all = each.act === 'send_all';
      if (is_for_all) handle.send(text);
      else handle.publish(each.topic, text);
      for (const listener of connections.keys()) {
        if (is_for_all || listens(listener)) hear(listener, text);
      }
    } else if (each.act === 'send') {
      connections[each.who]?.send(text);
      hear(each.who, text);
    } else if (each.act === 'publish') {
      connections[each.who]?.publish(each.topic, text);
      for (const listener of connections.keys()) {
        if (listener !== each.who && listens(listener)) hear(listener, text);
      }
    } else if (each.act === 'subscribe') {
      connections[each.who]?.subscribe(each.topic);
      if (open.has(each.who)) topics[each.who]?.add(each.topic);
    } else {
      connections[each.who]?.unsubscribe(each.topic);
      topics[each.who]?.delete(each.topic);
    }
  }
  for (const listener of open) {
    connections[listener]?.close(4001);
  }
  return expected;
}

function check_order(
  start: () => Promise<{
    running: RunningServer;
    opened: ReturnType<typeof recorder>;
    connect(): Promise<Client>;
  }>,
) {
  test('each client receives what a naive model writes, in the order of the calls', async () => {
    const { running, opened, connect } = await start();
    await fast_check.assert(
      fast_check.asyncProperty(fast_check.array(step, { maxLength: 60 }), async (steps) => {
        const clients: Client[] = [];
        const connections: Connection[] = [];
        for (let index = 0; index < CLIENTS; index++) {
          const count = opened.entries.length;
          clients.push(await connect());
          await opened.reaches(count + 1);
          connections.push(opened.entries[count] as Connection);
        }
        const expected = await run(steps, running, connections, clients);
        for (const [index, client] of clients.entries()) {
          expect([4000, 4001]).toContain((await client.closed).code);
          expect(client.received.map(shorten)).toEqual(expected[index]?.map(shorten));
          expect(client.received).toEqual(expected[index]);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);
}

const shorten = (text: string) => text.slice(0, 12);

function serve_ordered(options: object, server?: Parameters<typeof serve>[2]) {
  const opened = recorder();
  const definition = { options, on_open: (connection: Connection) => opened.add(connection) };
  return { opened, running: serve({ ordered: definition }, {}, server) };
}

describe('over TCP', () => {
  check_order(async () => {
    const { opened, running } = serve_ordered({});
    const server = await running;
    return { opened, running: server, connect: () => Client.connect(`${server.url}/ordered`) };
  });
});

describe('with compression', () => {
  check_order(async () => {
    const { opened, running } = serve_ordered({ compression: true });
    const server = await running;
    const connect = async () => {
      const client = await Client.connect(`${server.url}/ordered`);
      expect(client.socket.extensions).toContain('permessage-deflate');
      return client;
    };
    return { opened, running: server, connect };
  });
});

describe('over TLS', () => {
  check_order(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-order-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${cert}`;
    execFileSync('openssl', request.split(' '), { stdio: 'ignore' });
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    rmSync(folder, { recursive: true });
    const { opened, running } = serve_ordered({}, create_tls_server(tls));
    const server = await running;
    const url = `${server.url.replace('ws:', 'wss:')}/ordered`;
    return {
      opened,
      running: server,
      connect: () => Client.connect(url, { rejectUnauthorized: false }),
    };
  });
});
