import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { mount_websockets } from 'joystick-websockets';
import { describe, expect, test, vi } from 'vitest';
import { parse_app } from '../src/app/app_option.ts';
import { Backoff } from '../src/client/backoff.ts';
import { parse_connect_options } from '../src/client/options/connect_options.ts';
import { OptionProblems } from '../src/client/options/problems.ts';
import { REFUSAL_STATUSES } from '../src/core/admit/refusal.ts';
import { CLOSE_CODES } from '../src/core/base/close_codes.ts';
import { Problems } from '../src/core/base/problems.ts';
import { check_close_options } from '../src/core/mount/shutdown.ts';
import { METRICS } from '../src/metrics/samples.ts';
import { node_events } from '../src/node/process/events.ts';
import { list_defaults, list_members, list_strings } from './support/declarations.ts';
import { find_section } from './support/documentation.ts';

const PAGE = 'docs/reference.md';

/**
 * Returns the rows of the table below a heading, as the text of each cell.
 *
 * @param header the beginning of the table's header, if there are several tables.
 */
function read_table(heading: string, header = ''): string[][] {
  const [own = ''] = find_section(PAGE, heading).split(/^#/m);
  const tables = [...own.matchAll(/(?:^\|.*\n?)+/gm)]
    .map(([table]) => table.trim().split('\n').map(read_cells))
    .filter(([[first = ''] = []]) => first.startsWith(header));
  const [table, ...others] = tables;
  if (table === undefined || others.length > 0) {
    throw new Error(`"${heading}" has ${tables.length} tables that begin with "${header}"`);
  }
  return table.slice(2);
}

function read_cells(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return cells.slice(1, -1);
}

/** Returns the name at the beginning of a cell: `close`, for `` `close(code)` ``. */
function name_of(cell = ''): string {
  const [, name = ''] = /^`([\w.:-]+)/.exec(cell) ?? [];
  if (name === '') throw new Error(`no name in the cell "${cell}"`);
  return name;
}

function read_names(heading: string, header = ''): string[] {
  return read_table(heading, header).map(([cell]) => name_of(cell));
}

/** Expects a table to list exactly the known names, each once, in any order. */
function expect_names(listed: string[], known: readonly string[]): void {
  expect([...listed].sort()).toEqual([...known].sort());
}

/** Returns a default as the tables write it, without the commas of large numbers. */
function write_default(value: unknown): string {
  if (value === console) return '`console`';
  if (typeof value === 'string') return `\`'${value}'\``;
  return Number.isFinite(value) ? String(value) : `\`${value}\``;
}

/** Expects a table to state exactly these defaults. The cell of a name without a default is empty. */
function expect_defaults(rows: string[][], defaults: Record<string, unknown>): void {
  const stated = rows.flatMap(([name, cell = '']) =>
    cell === '' ? [] : [[name_of(name), cell.replace(/,(?=\d{3})| \(off\)/g, '')]],
  );
  const written = Object.entries(defaults).map(([name, value]) => [name, write_default(value)]);
  expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(written));
}

/** Parses an app without any option. `known` returns the keys that the parsers accept at a path. */
function ask_server_parsers() {
  const check_keys = vi.spyOn(Problems.prototype, 'check_keys');
  const pem = '-----BEGIN';
  const parsed = parse_app(
    { websockets: { chat: {} }, routes: { '/': { handler() {} } }, tls: { key: pem, cert: pem } },
    {},
  );
  const known = new Map(check_keys.mock.calls.map(([path, , keys]) => [path, keys]));
  check_keys.mockRestore();
  return { parsed, known: (path: string): readonly string[] => known.get(path) ?? [] };
}

/** Parses the options of a client without any option. `known` returns the keys that the parser accepts at a path. */
function ask_client_parser() {
  const read_object = vi.spyOn(OptionProblems.prototype, 'read_object');
  const parsed = parse_connect_options({});
  const known = new Map(read_object.mock.calls.map(([path, keys]) => [path, keys]));
  read_object.mockRestore();
  return { parsed, known: (path: string): readonly string[] => known.get(path) ?? [] };
}

/** Returns the logger that the server uses without the option: the console, or `undefined` if it is another one. */
function find_default_logger(): Console | undefined {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  server.parsed.mount.logger.warn('', {});
  return warn.mock.calls.length === 1 ? console : undefined;
}

const server = ask_server_parsers();
const client = ask_client_parser();

describe('the reference lists exactly', () => {
  test('the keys of an endpoint', () => {
    expect_names(read_names('Handlers'), server.known('websockets.chat'));
  });

  test('the schemas of an endpoint', () => {
    expect_names(
      read_names('Schemas'),
      list_members('src/core/declare/definition.ts', 'WebsocketContract'),
    );
  });

  test('the options of an endpoint, and their defaults', () => {
    const rows = read_table('Endpoint options');
    expect_names(read_names('Endpoint options'), server.known('websockets.chat.options'));
    expect_names(
      read_names('Endpoint options'),
      server.known('websocket_options.endpoint_options'),
    );
    const options = server.parsed.mount.websockets.get('chat')?.options;
    expect_defaults(rows, { ...options });
  });

  test('the options of a mount, and their defaults', () => {
    expect_names(read_names('Mount options', 'option'), server.known('websocket_options'));
    const { path, allowed_origins, seat_limits, trust } = server.parsed.mount;
    expect_defaults(read_table('Mount options', 'option'), {
      path,
      allowed_origins,
      ...seat_limits,
      trust_proxy: trust('127.0.0.1', 0),
      logger: find_default_logger(),
    });
  });

  test('the options of app(), and their defaults', () => {
    expect_names(read_names('`app()` options', 'option'), server.known(''));
    const { port, host } = server.parsed;
    expect(host).toBe(undefined);
    expect_defaults(read_table('`app()` options', 'option'), { port });
    const tls = read_table('`app()` options', 'option').find(([name]) => name === '`tls`');
    expect(tls?.[2]).toContain(`\`{ ${server.known('tls').join(', ')} }\``);
  });

  test('the keys of a route, and their defaults', () => {
    expect_names(read_names('Routes'), server.known('routes["/"]'));
    const [method = ''] = server.parsed.routes[0]?.methods ?? [];
    expect_defaults(read_table('Routes'), { method: method.toUpperCase() });
  });

  test('the events of app()', () => {
    expect_names(read_names('`app()` events'), server.known('events'));
  });

  test('the options of a shutdown, and their defaults', () => {
    expect_names(read_names('Shutdown options'), server.known('shutdown'));
    expect_defaults(read_table('Shutdown options'), check_close_options());
  });

  test.each([
    ['redis', 'src/brokers/redis/redis.ts', 'RedisBrokerOptions'],
    ['nats', 'src/brokers/nats.ts', 'NatsBrokerOptions'],
  ])('the options of the %s broker, and their defaults', (engine, file, type) => {
    const heading = `\`${engine}_broker\` options`;
    expect_names(read_names(heading), list_members(file, type));
    expect_defaults(read_table(heading), list_defaults(file, `${engine}_broker`));
  });

  test('the brokers, and the entries that export them', () => {
    const entries = readdirSync('src').filter((name) => name.endsWith('.ts'));
    const exported: string[][] = [];
    for (const entry of entries) {
      const text = readFileSync(`src/${entry}`, 'utf8');
      for (const [name] of text.matchAll(/\b(?!check_)\w+_broker\b/g)) {
        exported.push([name, `\`joystick-websockets/${entry.slice(0, -3)}\``]);
      }
    }
    const listed = read_table('Broker options').map(([name, entry = '']) => [name_of(name), entry]);
    expect(listed.sort()).toEqual(exported.sort());
  });

  test('the options of the metrics, and their defaults', () => {
    const file = 'src/metrics/prometheus.ts';
    expect_names(
      read_names('Prometheus metrics', 'option'),
      list_members(file, 'PrometheusOptions'),
    );
    const { mount, ...defaults } = list_defaults(file, 'prometheus_metrics');
    expect(mount).toBe('');
    expect_defaults(read_table('Prometheus metrics', 'option'), defaults);
  });

  test('the options of the client, and their defaults', () => {
    const own = client.known('').filter((name) => name !== 'options');
    const nested = client.known('options').map((name) => `options.${name}`);
    expect_names(read_names('Client options'), [...own, ...nested]);
    const { options } = client.parsed;
    expect_defaults(
      read_table('Client options'),
      Object.fromEntries(Object.entries(options).map(([name, each]) => [`options.${name}`, each])),
    );
  });

  test('the events of the client', () => {
    expect_names(read_names('Client events'), client.known('events'));
  });

  test('the options of the hook of React, and their defaults', () => {
    const file = 'src/client/bindings/react.ts';
    const own = list_members(file, 'UseWebsocketOptions').filter(
      (name) => !client.known('').includes(name),
    );
    expect_names(read_names('React hook', 'option'), own);
    expect_defaults(read_table('React hook', 'option'), list_defaults(file, 'use_connection'));
  });

  test.each([
    ['Request of `on_upgrade`', 'src/core/declare/connection.ts', 'UpgradeRequest', ''],
    ['Connection', 'src/core/declare/connection.ts', 'Connection', ''],
    ['`websockets(name)`', 'src/core/endpoint/endpoint_handle.ts', 'EndpointHandle', ''],
    ['Mount options', 'src/node/mount.ts', 'MountedWebsockets', 'member'],
    ['`app()` options', 'src/app/app_option.ts', 'App', 'member'],
    ['Client connection', 'src/client/base/connection.ts', 'ClientConnection', ''],
    ['React hook', 'src/client/bindings/react.ts', 'UsedWebsocket', 'member'],
    ['Statistics of the broker', 'src/core/endpoint/bus.ts', 'BrokerStats', ''],
  ])('the members of "%s"', (heading, file, type, header) => {
    expect_names(read_names(heading, header), list_members(file, type));
  });

  test('the statistics that a mount has', async () => {
    const mounted = mount_websockets(createServer(), { chat: {} });
    const stats = mounted.stats();
    await mounted.close();
    expect_names(read_names('Statistics'), Object.keys(stats));
    const { chat } = stats.endpoints;
    expect_names(read_names('Statistics of an endpoint'), Object.keys(chat ?? {}));
    const { handler_time } = chat ?? {};
    const rows = read_table('Duration of `on_message`');
    expect_names(
      rows.map(([name]) => name_of(name)),
      Object.keys(handler_time ?? {}),
    );
    const buckets = handler_time?.buckets ?? [];
    const [cell = ''] = rows.filter(([name]) => name === '`buckets`').map((row) => row[1]);
    expect(cell).toContain(`\`{ ${Object.keys(buckets[0] ?? {}).join(', ')} }\``);
    const [first, last] = [buckets[0], buckets.at(-1)].map((each) => each?.at_most_in_seconds);
    expect(cell).toContain(`from ${first} to ${last} seconds`);
  });

  test('the refusals, and their statuses', () => {
    const listed = read_table('Refusals').map(([status, code]) => [name_of(code), status]);
    const known = Object.entries(REFUSAL_STATUSES).map(([code, status]) => [
      code,
      // on_upgrade chooses the status.
      String(status ?? '400–599'),
    ]);
    expect(listed.sort()).toEqual(known.sort());
  });

  test('the close codes, and whether the client reconnects', () => {
    const listed = read_table('Close codes').map(([code, name, , reconnects]) => [
      Number(code),
      name_of(name),
      reconnects,
    ]);
    const known = Object.entries(CLOSE_CODES).map(([name, code]) => [
      code,
      name,
      new Backoff(client.parsed.options, Math.random).next_wait(code, 0) === undefined
        ? 'no'
        : 'yes',
    ]);
    expect(listed.sort()).toEqual(known.sort());
  });

  test('the codes of errors, and their details', () => {
    const file = 'src/core/base/errors.ts';
    expect_names(read_names('Errors of the server'), list_members(file, 'ErrorDetails'));
    for (const [code, , details = ''] of read_table('Errors of the server')) {
      const listed = [...details.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
      expect_names(listed, list_members(file, 'ErrorDetails', name_of(code)));
    }
    expect_names(
      read_names('Errors of the client'),
      list_strings('src/client/base/errors.ts', 'ClientErrorCode'),
    );
  });

  test('the states of the client', () => {
    expect_names(
      read_names('Client states'),
      list_strings('src/client/base/connection.ts', 'ConnectionState'),
    );
  });

  test('the diagnostics channels', () => {
    const channels = Object.values(node_events) as unknown as { name: string }[];
    expect_names(
      read_names('Diagnostics channels'),
      channels.map(({ name }) => name),
    );
  });

  test('the metrics, and their types', () => {
    const listed = read_table('Metrics').map(([name, type]) => [name_of(name), type]);
    expect(listed.sort()).toEqual(METRICS.map(({ name, type }) => [name, type]).sort());
  });

  test('the environment variables that have an effect', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
    const read = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(`src/${file}`, 'utf8').matchAll(/\b(?:env|environment)\.([A-Z_]+)\b/g),
      ])
      .map(([, name = '']) => name);
    expect_names(read_names('Environment variables'), [...new Set(read)]);
  });
});
