import { once } from 'node:events';
import type { ClientReport } from './reports.ts';
import { wait } from './scenario.ts';
import { BenchServer, Stage } from './stage.ts';

const AWAY_IN_MS = 1_000;
/** The pause before each deploy. It is long enough for the delays of all clients to start over. */
const REST_IN_MS = 11_000;

/** Measures when all clients have reconnected after a server has shut down cleanly and the next one listens 1 s later. */
export async function deploy(clients: number, seconds: number): Promise<void> {
  const stage = await Stage.open(clients);
  const ends_at = Date.now() + seconds * 1000;
  const rows = [];
  do {
    await wait(REST_IN_MS);
    rows.push(await deploy_once(stage));
  } while (Date.now() + REST_IN_MS < ends_at);
  stage.close();
  console.log(
    `The server closes, and the next one listens ${AWAY_IN_MS / 1000} s later. Seconds since the server began to close:`,
  );
  console.table(rows);
}

async function deploy_once(stage: Stage) {
  const unanswered = new Set<number>();
  let failed = 0;
  const count = (report: ClientReport) => {
    if (report.kind !== 'failed') return;
    failed++;
    if (report.reason.includes('no answer within')) unanswered.add(report.client);
  };
  stage.reports.on('report', count);
  const next = new BenchServer();
  await next.started;
  const [before, began_at] = [stage.server, Date.now()];
  const back = stage.all_receive();
  before.order('close');
  const [{ closed_at }] = await once(before.process, 'message');
  await wait(AWAY_IN_MS);
  await next.listen(stage.proxy);
  const listening_at = Date.now();
  stage.server = next;
  const back_at = [...(await back).values()].sort((a, b) => a - b);
  stage.reports.off('report', count);
  before.kill();
  const since = (at: number | undefined) =>
    at === undefined ? '–' : ((at - began_at) / 1000).toFixed(2);
  return {
    closed: since(closed_at),
    'process has ended': since(before.ended_at),
    'next one listens': since(listening_at),
    'half have reconnected': since(back_at[Math.floor(back_at.length / 2)]),
    'all have reconnected': since(back_at.at(-1)),
    'after the next one listens': (((back_at.at(-1) ?? 0) - listening_at) / 1000).toFixed(2),
    'failed attempts': failed,
    'clients without an answer': unanswered.size,
  };
}
