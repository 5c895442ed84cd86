// Runs nodes with connections and topics, and kills and restarts the engine and a node. Then it checks that no message
// was repeated or reordered, and that none was lost outside these disturbances.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { create_engine, type EngineName } from './brokers.ts';
import { judge, type Published, type Record, type Span } from './chaos_record.ts';

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'redis,nats' },
    seconds: { type: 'string', default: '60' },
    nodes: { type: 'string', default: '3' },
    connections: { type: 'string', default: '300' },
    topics: { type: 'string', default: '20' },
    rate: { type: 'string', default: '2' },
  },
});
const [seconds, node_count, connections, topics] = [
  Number(values.seconds),
  Number(values.nodes),
  Number(values.connections),
  Number(values.topics),
];
const OUTAGE = Math.min(3_000, seconds * 50);
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface ChaosNode {
  name: string;
  child: ChildProcess;
  port: number;
  back_at: number[];
}

async function run(engine_name: EngineName) {
  const engine = await create_engine(engine_name);
  await engine.start();
  const records: Record[] = [];
  const published: Published = new Map();
  const sockets = new Set<WebSocket>();
  let [deliveries, slowest] = [0, 0];

  const start_node = async (name: string): Promise<ChaosNode> => {
    const program = new URL('chaos_node.ts', import.meta.url).pathname;
    const child = fork(
      program,
      [engine_name, String(engine.port), name, String(topics), String(values.rate)],
      { execArgv: ['--import', 'tsx'] },
    );
    const back_at: number[] = [];
    child.on('message', (told: any) => {
      if (told.state === 'back') back_at.push(told.at);
    });
    const [{ port }] = await once(child, 'message');
    return { name, child, port, back_at };
  };

  const connect_client = async ({ name, port }: ChaosNode, topic: string): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/chaos?topic=${topic}`);
    const record: Record = {
      node: name,
      topic,
      span: { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY },
      heard: new Map(),
    };
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const [publisher, number, at] = JSON.parse(String(data));
      const numbers = record.heard.get(publisher) ?? [];
      numbers.push(number);
      record.heard.set(publisher, numbers);
      const key = `${publisher}|${topic}`;
      published.set(key, (published.get(key) ?? new Map()).set(number, at));
      deliveries++;
      slowest = Math.max(slowest, Date.now() - at);
    });
    socket.once('close', () => {
      record.span.to = Date.now();
      sockets.delete(socket);
    });
    await once(socket, 'open');
    record.span.from = Date.now() + 1_000;
    records.push(record);
    sockets.add(socket);
  };
  const connect_clients = async (node: ChaosNode) => {
    for (let index = 0; index < connections; index++) {
      await connect_client(node, String(index % topics));
    }
  };

  const nodes = await Promise.all(
    Array.from({ length: node_count }, (_, index) => start_node(`node ${index + 1}`)),
  );
  for (const node of nodes) await connect_clients(node);
  const begin = Date.now();
  const until = (share: number) => wait(begin + share * seconds * 1000 - Date.now());
  for (const { child } of nodes) child.send('publish');

  const outages: Span[] = [];
  const recoveries: number[] = [];
  const break_engine = async () => {
    const from = Date.now();
    for (const node of nodes) node.back_at.length = 0;
    await engine.kill();
    await wait(OUTAGE);
    await engine.start();
    const restarted_at = Date.now();
    while (nodes.some((node) => node.back_at.length === 0)) await wait(5);
    for (const { back_at } of nodes) recoveries.push(Math.max(0, (back_at[0] ?? 0) - restarted_at));
    outages.push({ from, to: Math.max(...nodes.map(({ back_at }) => back_at[0] ?? 0)) });
  };

  const deaths: (Span & { node: string })[] = [];
  const break_node = async () => {
    const killed = nodes[1] as ChaosNode;
    const death = { node: killed.name, from: Date.now(), to: Date.now() };
    killed.child.kill('SIGKILL');
    await wait(1_000);
    const again = await start_node(killed.name);
    nodes[1] = again;
    death.to = Date.now();
    deaths.push(death);
    await connect_clients(again);
    again.child.send('publish');
  };

  await until(0.15);
  await break_engine();
  await until(0.4);
  await break_node();
  await until(0.65);
  await break_engine();
  await until(1);
  for (const { child } of nodes) child.send('stop');
  await wait(1_500);
  const verdict = judge(records, published, outages, deaths);
  for (const socket of sockets) socket.terminate();
  for (const { child } of nodes) child.kill('SIGKILL');
  await engine.stop();
  const total = [...published.values()].reduce((sum, numbers) => sum + numbers.size, 0);
  return {
    engine: engine_name,
    published: total,
    delivered: deliveries,
    'undisturbed: expected': verdict.expected,
    'undisturbed: missing': verdict.missing,
    'received twice': verdict.twice,
    'out of order': verdict.out_of_order,
    'local: expected': verdict.local_expected,
    'local: missing': verdict.local_missing,
    'recovery, ms': recoveries.sort((a, b) => a - b).join(' '),
    'slowest, ms': slowest,
  };
}

console.log(
  `${node_count} nodes x ${connections} connections x ${topics} topics, ${seconds} s, ` +
    `${values.rate} publishes per second, topic and node; the engine is killed twice, for ${OUTAGE} ms, and a node once`,
);
const rows = [];
for (const name of String(values.engines).split(',')) rows.push(await run(name as EngineName));
console.table(Object.fromEntries(rows.map(({ engine, ...row }) => [engine, row])));
const is_sound = rows.every(
  (row) =>
    row['undisturbed: expected'] > 0 &&
    row['undisturbed: missing'] +
      row['received twice'] +
      row['out of order'] +
      row['local: missing'] ===
      0,
);
console.log(is_sound ? 'sound' : 'NOT SOUND');
process.exitCode = is_sound ? 0 : 1;
