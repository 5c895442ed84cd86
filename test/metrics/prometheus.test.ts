import { prometheus_metrics } from 'joystick-websockets/prometheus';
import {
  AggregatorRegistry,
  register as default_register,
  Gauge,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { serve } from '../support/server.ts';

afterEach(() => default_register.clear());

/** The lines of a scrape that are no comments. */
async function scrape(register: Registry<any>): Promise<string[]> {
  return (await register.metrics()).split('\n').filter((line) => /^[^#]/.test(line));
}

/** One client that sent two messages, one of which failed, and left; and two that were refused. */
async function serve_some() {
  const closed = recorder();
  const running = await serve({
    chat: {
      on_message: (message, connection) => {
        if (message === 'fail') throw new Error('it fails');
        connection.send(message);
      },
      on_error: () => {},
      on_close: (code) => closed.add(code),
    },
    news: {},
  });
  const client = await Client.connect(`${running.url}/chat`);
  client.send('"fail"');
  client.send('"hi"');
  expect(await client.next_text()).toBe('hi');
  await client.close(4000);
  await closed.reaches(1);
  for (const [name, headers] of [
    ['chat', { origin: 'http://example.com' }],
    ['chats', {}],
  ] as const) {
    await expect(Client.connect(`${running.url}/${name}`, { headers })).rejects.toThrow('40');
  }
  return running;
}

test('what a mount has counted is scraped', async () => {
  const { mounted, url } = await serve_some();
  await Client.connect(`${url}/news`);
  const register = new Registry();
  prometheus_metrics(mounted, { register });
  const lines = await scrape(register);
  expect(lines).toEqual(
    expect.arrayContaining([
      'joystick_websockets_connections{endpoint="chat"} 0',
      'joystick_websockets_connections{endpoint="news"} 1',
      'joystick_websockets_opened_total{endpoint="chat"} 1',
      'joystick_websockets_closed_total{endpoint="chat",code="other"} 1',
      'joystick_websockets_refused_total{endpoint="chat",code="origin_not_allowed"} 1',
      'joystick_websockets_refused_total{code="unknown_endpoint"} 1',
      'joystick_websockets_messages_received_total{endpoint="chat"} 2',
      'joystick_websockets_received_bytes_total{endpoint="chat"} 10',
      'joystick_websockets_messages_sent_total{endpoint="chat"} 1',
      'joystick_websockets_sent_bytes_total{endpoint="chat"} 2',
      'joystick_websockets_queued_messages{endpoint="chat"} 0',
      'joystick_websockets_paused_connections{endpoint="chat"} 0',
      'joystick_websockets_slow_consumers_total{endpoint="chat"} 0',
      'joystick_websockets_handler_errors_total{endpoint="chat"} 1',
      'joystick_websockets_handler_duration_seconds_bucket{endpoint="chat",le="+Inf"} 2',
      'joystick_websockets_handler_duration_seconds_count{endpoint="chat"} 2',
    ]),
  );
  expect(lines.filter((line) => line.includes('broker'))).toEqual([]);
});

test('each scrape is new, looks at the connections once, and between scrapes nothing does', async () => {
  const { mounted, url } = await serve({ chat: {} });
  const register = new Registry();
  const stats = vi.spyOn(mounted, 'stats');
  prometheus_metrics(mounted, { register });
  const connections = async () =>
    (await scrape(register)).find((line) => line.startsWith('joystick_websockets_connections'));
  expect(await connections()).toMatch(/ 0$/);
  await Client.connect(`${url}/chat`);
  expect(stats).toHaveBeenCalledTimes(1);
  expect(await connections()).toMatch(/ 1$/);
  expect(stats).toHaveBeenCalledTimes(2);
});

test('the state of a broker is a metric', async () => {
  const register = new Registry();
  const stats = { endpoints: {}, refused: {} };
  const broker = { state: 'away', published: 1, missed: 2, received: 3 } as const;
  prometheus_metrics({ stats: () => ({ ...stats, broker }) }, { register });
  expect(await scrape(register)).toEqual([
    'joystick_websockets_broker_up 0',
    'joystick_websockets_broker_published_total 1',
    'joystick_websockets_broker_missed_total 2',
    'joystick_websockets_broker_received_total 3',
  ]);
});

test("without a register, they are in prom-client's own; the prefix is the user's to choose", async () => {
  const { mounted } = await serve({ chat: {} });
  prometheus_metrics(mounted, { prefix: 'live_' });
  expect(await scrape(default_register)).toContain('live_connections{endpoint="chat"} 0');
});

describe('two mounts', () => {
  test('in one register have names', async () => {
    const [one, other] = [await serve({ chat: {} }), await serve({ chat: {} })];
    prometheus_metrics(one.mounted);
    prometheus_metrics(other.mounted, { mount: 'admin' });
    const lines = await scrape(default_register);
    expect(lines).toContain('joystick_websockets_connections{endpoint="chat"} 0');
    expect(lines).toContain('joystick_websockets_connections{mount="admin",endpoint="chat"} 0');
  });

  test('of one name are refused', async () => {
    const { mounted } = await serve({ chat: {} });
    prometheus_metrics(mounted);
    expect(() => prometheus_metrics(mounted)).toThrow(
      'a mount without a name is already exported; give each mount its own name with the option mount',
    );
    prometheus_metrics(mounted, { mount: 'admin' });
    expect(() => prometheus_metrics(mounted, { mount: 'admin' })).toThrow('called "admin"');
  });

  test('are removed one by one, and may come again', async () => {
    const { mounted } = await serve({ chat: {} });
    const remove = prometheus_metrics(mounted);
    const remove_admin = prometheus_metrics(mounted, { mount: 'admin' });
    remove();
    remove();
    const lines = await scrape(default_register);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.every((line) => line.includes('mount="admin"'))).toBe(true);
    remove_admin();
    expect(await scrape(default_register)).toEqual([]);
    prometheus_metrics(mounted);
    expect((await scrape(default_register)).length).toBeGreaterThan(10);
  });
});

test('a register that was cleared takes them anew', async () => {
  const { mounted } = await serve({ chat: {} });
  const remove = prometheus_metrics(mounted);
  default_register.clear();
  prometheus_metrics(mounted);
  remove();
  expect((await scrape(default_register)).length).toBeGreaterThan(10);
});

test('resetting the register changes nothing', async () => {
  const { mounted } = await serve_some();
  prometheus_metrics(mounted);
  default_register.resetMetrics();
  expect(await scrape(default_register)).toContain(
    'joystick_websockets_opened_total{endpoint="chat"} 1',
  );
});

test('a register may speak OpenMetrics', async () => {
  const register = new Registry<OpenMetricsContentType>();
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const { mounted } = await serve_some();
  const remove = prometheus_metrics(mounted, { register });
  const text = await register.metrics();
  expect(text).toContain('# TYPE joystick_websockets_opened counter\n');
  expect(text).toContain('joystick_websockets_opened_total{endpoint="chat"} 1\n');
  remove();
  expect(await scrape(register)).toEqual([]);
});

test('the workers of a cluster are added up', async () => {
  const { mounted } = await serve_some();
  const registers = [new Registry(), new Registry()];
  for (const register of registers) prometheus_metrics(mounted, { register });
  const of_each = await Promise.all(registers.map((register) => register.getMetricsAsJSON()));
  const lines = await scrape(AggregatorRegistry.aggregate(of_each));
  expect(lines).toContain('joystick_websockets_opened_total{endpoint="chat"} 2');
  expect(lines).toContain('joystick_websockets_handler_duration_seconds_count{endpoint="chat"} 4');
});

test('what cannot be measured is said', async () => {
  const { mounted } = await serve({ chat: {} });
  expect(() => prometheus_metrics({} as never)).toThrow('must be the result of mount_websockets');
  expect(() => prometheus_metrics(mounted, { prefix: 'my metrics ' })).toThrow(
    'the prefix must begin with a letter, _ or :, and contain only letters, digits, _ and :; got "my metrics "',
  );
  const register = new Registry();
  new Gauge({ name: 'live_broker_up', help: 'of somebody else', registers: [register] });
  expect(() => prometheus_metrics(mounted, { register, prefix: 'live_' })).toThrow(
    'the registry already has a metric called live_broker_up; use another prefix',
  );
});
