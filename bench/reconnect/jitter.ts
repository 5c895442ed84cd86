import { Latencies } from '../../test/soak/latencies.ts';
import { type CutKind, SILENCE_IN_MS } from './link.ts';
import { type Outage, Outages } from './outages.ts';
import { RandomCuts } from './random_cuts.ts';
import { wait } from './scenario.ts';
import { Stage } from './stage.ts';

const MEAN_LIFE_IN_MS = 10_000;

const from_cut = ({ cut, back_at }: Outage) => back_at - cut.at;
const from_told = ({ cut, back_at }: Outage) => back_at - cut.told_at;

/** Breaks connections repeatedly, and measures how long each client is without a message. */
export async function jitter(clients: number, seconds: number): Promise<void> {
  const stage = await Stage.open(clients);
  const outages = new Outages();
  stage.reports.on('report', (report) => outages.heard(report));
  const cuts = new RandomCuts(stage.proxy, MEAN_LIFE_IN_MS, (cut) => outages.cut(cut));
  await wait(seconds * 1000);
  cuts.stop();
  await outages.all_ended();
  stage.close();
  print(outages);
}

function print({ ended, repeated }: Outages): void {
  const of = (kind: CutKind) => ended.filter(({ cut }) => cut.kind === kind);
  console.log(
    `Each connection breaks at random, after ${MEAN_LIFE_IN_MS / 1000} s on average. ` +
      'Seconds until the next message, which the server sends every 100 ms:',
  );
  console.table({
    'reset (RST)': row(of('reset'), from_told),
    'end (FIN)': row(of('end'), from_told),
    'silence, from the RST': row(of('silence'), from_told),
    'all, from the RST or FIN': row(ended, from_told),
    'all, from the break': row(ended, from_cut),
  });
  console.log(
    `In a silence, nothing arrives for ${SILENCE_IN_MS / 1000} s, and then an RST. ` +
      `Connections that broke again before a message had arrived: ${repeated}.`,
  );
}

function row(outages: Outage[], measure: (outage: Outage) => number) {
  const latencies = new Latencies();
  for (const outage of outages) latencies.add(measure(outage));
  const { count, p50, p99, most } = latencies.read();
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2);
  return { breaks: count, p50: seconds(p50), p99: seconds(p99), longest: seconds(most) };
}
