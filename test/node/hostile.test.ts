import { createServer } from 'node:http';
import type { Connection, UpgradeRequest, WebsocketDefinition } from 'joystick-websockets';
import { UpgradeRefusal } from 'joystick-websockets';
import { expect, onTestFinished, test } from 'vitest';
import { attack_port } from '../support/attack.ts';
import { Client } from '../support/client.ts';
import { HostileClients, UNREACHABLE } from '../support/hostile.ts';
import { MAX_MESSAGE_IN_BYTES } from '../support/hostile_frames.ts';
import { count_resources, left_since, measure_heap, until } from '../support/resources.ts';
import { serve } from '../support/server.ts';

const SEED = Number(process.env.HOSTILE_SEED ?? 20_250_101);
const COUNT = 10_000;
const AT_ONCE = 50;
/** What is compiled, pooled or cached for good, with room to spare; 500 bytes per attack would exceed it. */
const MAX_GROWTH_IN_BYTES = 4_000_000;

test(`3, 4, 6, 14: ${COUNT} hostile clients end, leak and reach nothing (HOSTILE_SEED=${SEED})`, async () => {
  const failures = watch_process();
  const witness = new Witness();
  const { mounted, port, server, url } = await serve(
    create_endpoints(witness),
    {
      logger: { warn: () => {}, error: () => {} },
      endpoint_options: {
        max_message_size_in_bytes: MAX_MESSAGE_IN_BYTES,
        close_timeout_in_seconds: 0.2,
        upgrade_timeout_in_seconds: 0.2,
      },
    },
    create_slow_server(),
  );
  const clients = new HostileClients(SEED);
  const attack_many = async (count: number) => {
    let begun = 0;
    let ended = 0;
    const attack_on = async () => {
      while (begun++ < count) {
        await attack_port(port, clients.next(), witness.at_upgrade);
        if (++ended % 100 > 0) continue;
        expect(await echo(`${url}/echo`)).toEqual({ is: 'served' });
        expect([...failures, ...witness.faults]).toEqual([]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attack_on));
  };
  const resources = count_resources();
  const quiet = () => until(() => witness.open.size === 0 && left_since(resources).length === 0);

  // The first ones warm up what is compiled and pooled once.
  await attack_many(1000);
  await quiet();
  const heap = await measure_heap();
  await attack_many(COUNT - 1000);
  await quiet();

  expect(witness.opened).toBeGreaterThan(COUNT / 20);
  expect(witness.closed).toBe(witness.opened);
  expect(mounted.endpoint('echo').connections).toEqual([]);
  expect(left_since(resources)).toEqual([]);
  expect((await measure_heap()) - heap).toBeLessThan(MAX_GROWTH_IN_BYTES);
  expect(server.listenerCount('upgrade')).toBe(1);
  expect([...failures, ...witness.faults]).toEqual([]);
}, 120_000);

/** What must never get as far as the process. */
function watch_process(): string[] {
  const failures: string[] = [];
  const keep = (error: unknown) => failures.push(String(error));
  process.on('uncaughtException', keep).on('unhandledRejection', keep).on('warning', keep);
  onTestFinished(() => {
    process.off('uncaughtException', keep).off('unhandledRejection', keep).off('warning', keep);
  });
  return failures;
}

/** Sees every call of a handler, and what is wrong with it. */
class Witness {
  readonly at_upgrade = new Map<string, () => void>();
  readonly faults: string[] = [];
  readonly open = new Set<Connection>();
  readonly #ended = new WeakSet<Connection>();
  opened = 0;
  closed = 0;

  upgrades({ endpoint, params }: UpgradeRequest): void {
    this.#expect_endpoint(endpoint, params, 'on_upgrade');
    this.at_upgrade.get(String(params.attack))?.();
  }

  opens(connection: Connection): void {
    this.#expect_endpoint(connection.endpoint, connection.params, 'on_open');
    if (this.open.has(connection)) this.#fault(connection, 'opened twice');
    this.open.add(connection);
    this.opened++;
  }

  messages(message: unknown, connection: Connection): void {
    this.#expect_endpoint(connection.endpoint, connection.params, 'on_message');
    if (!this.open.has(connection)) this.#fault(connection, 'a message outside of open and close');
    if (JSON.stringify(message) === undefined) this.#fault(connection, 'a message that is no JSON');
  }

  closes(connection: Connection): void {
    this.#expect_endpoint(connection.endpoint, connection.params, 'on_close');
    if (this.#ended.has(connection)) this.#fault(connection, 'closed twice');
    if (!this.open.delete(connection)) this.#fault(connection, 'closed without having been open');
    this.#ended.add(connection);
    this.closed++;
  }

  #expect_endpoint(endpoint: string, params: Connection['params'], handler: string): void {
    if (params.expected === endpoint && endpoint !== UNREACHABLE) return;
    this.faults.push(`attack ${params.attack} reached ${endpoint}.${handler}`);
  }

  #fault({ endpoint, params }: Connection, what: string): void {
    this.faults.push(`attack ${params.attack} on ${endpoint}: ${what}`);
  }
}

/** Endpoints that fail and tarry in every way that handlers can. */
function create_endpoints(witness: Witness): Record<string, WebsocketDefinition> {
  const later = async (turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise(setImmediate);
  };
  const fail = (what: string) => {
    throw new Error(`${what} fails`);
  };
  /** An endpoint whose handlers are witnessed, and then do this. */
  const witnessed = (does: WebsocketDefinition = {}): WebsocketDefinition => ({
    ...does,
    on_open: (connection) => {
      witness.opens(connection);
      return does.on_open?.(connection);
    },
    on_message: (message, connection) => {
      witness.messages(message, connection);
      return does.on_message?.(message, connection);
    },
    on_close: (code, reason, connection) => {
      witness.closes(connection);
      return does.on_close?.(code, reason, connection);
    },
  });
  /** As {@link witnessed}, of an endpoint that decides first. */
  const deciding = (decide: (request: UpgradeRequest) => unknown): WebsocketDefinition => ({
    ...witnessed({ on_message: (message, connection) => connection.send(message) }),
    on_upgrade: (request) => {
      witness.upgrades(request);
      return decide(request);
    },
  });
  return {
    echo: witnessed({ on_message: (message, connection) => connection.send(message) }),
    patient: witnessed({
      on_open: () => later(3),
      on_message: async (message, connection) => {
        await later(1);
        connection.send(message);
      },
      on_close: () => later(3),
    }),
    throwing: witnessed({
      on_message: () => fail('on_message'),
      on_close: () => fail('on_close'),
      on_error: () => fail('on_error'),
    }),
    rejecting: witnessed({
      on_open: async () => fail('on_open'),
      on_message: async () => fail('on_message'),
      on_close: async () => fail('on_close'),
      on_error: async () => fail('on_error'),
    }),
    contained: witnessed({
      on_open: () => fail('on_open'),
      on_message: () => later(1).then(() => fail('on_message')),
      on_error: () => later(1),
    }),
    closing: witnessed({
      on_message: (_message, connection) => {
        connection.send('bye');
        connection.close(4000, 'enough');
      },
      on_close: (_code, _reason, connection) => {
        connection.send('too late');
        connection.terminate();
      },
    }),
    deciding: deciding(() => later(3).then(() => ({ is: 'context' }))),
    refusing: deciding(() => {
      throw new UpgradeRefusal(401, 'sign in first', { 'WWW-Authenticate': 'Basic' });
    }),
    failing: deciding(() => later(2).then(() => fail('on_upgrade'))),
    undecided: deciding(() => new Promise(() => {})),
    [UNREACHABLE]: deciding(() => {}),
  };
}

function create_slow_server() {
  return createServer(async (request, response) => {
    if (request.url === '/slow') await new Promise(setImmediate);
    response.writeHead(404).end('not found');
  });
}

async function echo(url: string): Promise<unknown> {
  const client = await Client.connect(`${url}?expected=echo`);
  client.send({ is: 'served' });
  const echoed = await client.next_message();
  await client.close();
  return echoed;
}
