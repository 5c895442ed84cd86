// The server of a soak. It runs in its own process, and reports over IPC.
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getActiveResourcesInfo } from 'node:process';
import { type EndpointStats, mount_websockets } from 'joystick-websockets';
import { UNREACHABLE } from '../support/hostile.ts';
import {
  HEARTBEAT_INTERVAL_IN_SECONDS,
  HEARTBEAT_TIMEOUT_IN_SECONDS,
  type LastHandled,
  type ServerReport,
  Violations,
} from './contract.ts';
import { create_hostile_endpoints } from './hostile_endpoints.ts';
import { create_soak_endpoint, Life } from './soak_endpoint.ts';

const violations = new Violations();
const last_handled: LastHandled = {};
const server = createServer((_request, response) => response.writeHead(404).end());

const mounted = mount_websockets(
  server,
  {
    soak: create_soak_endpoint(violations, last_handled),
    fragile: {
      ...create_soak_endpoint(violations, last_handled),
      on_error: undefined,
    },
    ...create_hostile_endpoints(violations),
  },
  {
    // Silent, because hostile clients cause many warnings and errors.
    logger: { warn: () => {}, error: () => {} },
    endpoint_options: {
      heartbeat_interval_in_seconds: HEARTBEAT_INTERVAL_IN_SECONDS,
      heartbeat_timeout_in_seconds: HEARTBEAT_TIMEOUT_IN_SECONDS,
      upgrade_timeout_in_seconds: 2,
      close_timeout_in_seconds: 2,
    },
  },
);

let tick = 0;
const ticking = setInterval(() => {
  tick++;
  const padding = 'x'.repeat(Math.random() * 4_000);
  for (const name of ['soak', 'fragile'] as const) {
    mounted.endpoint(name).publish('ticks', { tick, padding });
  }
}, 1_000);

process.on('uncaughtException', (error) => violations.add(`uncaught: ${error.stack}`));
process.on('unhandledRejection', (error) => violations.add(`unhandled: ${error}`));

process.on('message', async (request) => {
  if (request === 'report') process.send?.({ report: await report() });
  if (request !== 'close') return;
  clearInterval(ticking);
  await mounted.close({ drain_in_seconds: 2, grace_in_seconds: 10 });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  violations.check(Life.open === 0, 'on_close is missing after the shutdown');
  process.send?.({ report: await report(), last_handled });
});
process.on('disconnect', () => process.exit(1));

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

async function report(): Promise<ServerReport> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  const { endpoints, refused } = mounted.stats();
  const all = Object.values(endpoints);
  const sum = (read: (stats: EndpointStats) => number) =>
    all.reduce((total, stats) => total + read(stats), 0);
  const count_all = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  if (endpoints[UNREACHABLE]?.opened !== 0) violations.add('the unreachable endpoint was reached');
  const memory = process.memoryUsage();
  return {
    connections: sum(({ connections }) => connections),
    opened: sum(({ opened }) => opened),
    closed: count_by(all.flatMap(({ closed }) => Object.entries(closed))),
    messages_in: sum(({ messages_in }) => messages_in),
    messages_out: sum(({ messages_out }) => messages_out),
    handler_errors: sum(({ handler_errors }) => handler_errors),
    slow_consumers: sum(({ slow_consumers }) => slow_consumers),
    refused: sum((stats) => count_all(stats.refused)) + count_all(refused),
    heap_in_bytes: memory.heapUsed,
    rss_in_bytes: memory.rss,
    resources: count_by(getActiveResourcesInfo().map((kind) => [kind, 1])),
    file_descriptors: readdirSync('/proc/self/fd').length,
    violations: violations.read(),
  };
}

function count_by(entries: [string, number][]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [key, count] of entries) counts[key] = (counts[key] ?? 0) + count;
  return counts;
}
