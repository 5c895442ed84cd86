import { Attempts } from '../../test/support/attempts.ts';
import { wait } from './scenario.ts';
import { BenchServer, Stage } from './stage.ts';

const LONGEST_OUTAGE_IN_MS = 20_000;

/** Crashes the server of all clients, and shows how their attempts spread until it is back. */
export async function stampede(clients: number, seconds: number): Promise<void> {
  const outage_in_ms = Math.min(LONGEST_OUTAGE_IN_MS, seconds * 1000);
  const stage = await Stage.open(clients);
  const next = new BenchServer();
  await next.started;
  const attempts = new Attempts(clients);
  const lost_at = Date.now();
  stage.proxy.on_link = () => attempts.add(Date.now() - lost_at);
  const back = stage.all_receive();
  stage.server.kill();
  stage.server = next;
  await wait(outage_in_ms);
  await stage.server.listen(stage.proxy);
  await back;
  stage.close();
  console.log(attempts.histogram(`The server is down for ${outage_in_ms / 1000} s`));
  console.log(attempts.summary(outage_in_ms));
}
