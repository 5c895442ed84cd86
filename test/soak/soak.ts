// Runs thousands of clients for minutes: npm run soak [-- --minutes 8 --connections 2000 --rate 1 --every 60]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LastHandled, ServerReport } from './contract.ts';
import { judge } from './judge.ts';
import { Load } from './load.ts';
import { Table } from './table.ts';

const { minutes, connections, rate, every } = read_arguments();
const server = fork(new URL('server.ts', import.meta.url), {
  execArgv: ['--import', 'tsx', '--expose-gc'],
});
const { port } = await hear<{ port: number }>(server);
const load = new Load(port, rate);
const table = new Table(load.latencies);

console.log(
  `${connections} connections for ${minutes} minutes: of a hundred, one reads nothing, one`,
);
console.log(
  `vanishes and one attacks; each other one sends ${rate} messages a second, on average.\n`,
);
table.begin();
const reports = [await ask_for_report()];
const end = performance.now() + minutes * 60_000;
const arrived = load.start(connections);
while (performance.now() < end) {
  await sleep(Math.min(every * 1_000, Math.max(0, end - performance.now())));
  reports.push(await ask_for_report());
}

load.end();
await arrived;
server.send('close');
const { report, last_handled } = await hear<{
  report: ServerReport;
  last_handled: LastHandled;
}>(server);
await load.ended();
table.add(report);
reports.push(report);

const faults = judge(reports, load, last_handled);
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? '\nPASS' : '\nFAIL');
server.disconnect();
process.exitCode = faults.length === 0 ? 0 : 1;

async function ask_for_report(): Promise<ServerReport> {
  server.send('report');
  const { report } = await hear<{ report: ServerReport }>(server);
  table.add(report);
  return report;
}

async function hear<Message>(child: ChildProcess): Promise<Message> {
  const stop = new AbortController();
  const { signal } = stop;
  const died = once(child, 'exit', { signal }).then(([code, exit_signal]) => {
    throw new Error(`the server ended: ${code ?? exit_signal}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), died]);
    return message;
  } finally {
    died.catch(() => {});
    stop.abort();
  }
}

function read_arguments() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '8' },
      connections: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '1' },
      every: { type: 'string', default: '60' },
    },
  });
  const numbers = Object.entries(values).map(([name, value]) => {
    const number = Number(value);
    if (!(number > 0)) throw new Error(`--${name} must be a number above 0`);
    return [name, number];
  });
  return Object.fromEntries(numbers) as Record<keyof typeof values, number>;
}
