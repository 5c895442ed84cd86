import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import type { FuzzCase } from './case.ts';
import { Fuzz } from './fuzz.ts';
import { Subject } from './subject.ts';
import { TcpClient } from './tcp_client.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 20_250_101);
const CLIENTS = 2000;
const TCP_CLIENTS = 300;
/** Longer only if there is a difference: its case becomes smaller until then. */
const LIMIT_IN_MILLISECONDS = 30_000;

function create_subject(): Subject {
  const subject = new Subject();
  onTestFinished(() => subject.close());
  return subject;
}

test(`any bytes have the same effect as on a server of ws (FUZZ_SEED=${SEED})`, async () => {
  const fuzz = new Fuzz(create_subject());
  expect(await fuzz.run(SEED, CLIENTS, LIMIT_IN_MILLISECONDS)).toBeUndefined();
  // Neither cases that end at once nor rows that excuse everything would show much.
  expect(fuzz.counts.messages).toBeGreaterThan(3 * CLIENTS);
  expect(fuzz.counts.clients).toBeGreaterThanOrEqual(CLIENTS);
}, 60_000);

test(`any bytes have the same effect over TCP (FUZZ_SEED=${SEED})`, async () => {
  const subject = create_subject();
  subject.server.listen(0, '127.0.0.1');
  await once(subject.server, 'listening');
  onTestFinished(() => void subject.server.close());
  const fuzz = new Fuzz(new TcpClient(subject));
  expect(await fuzz.run(SEED, TCP_CLIENTS, LIMIT_IN_MILLISECONDS, over_tcp)).toBeUndefined();
  expect(fuzz.counts.messages).toBeGreaterThan(TCP_CLIENTS);
}, 60_000);

/** The kernel may join chunks, and drops output if the server cuts a connection. */
function over_tcp(fuzz_case: FuzzCase): FuzzCase {
  const { handler, pieces } = fuzz_case;
  return {
    ...fuzz_case,
    handler: handler.does === 'terminates' ? { ...handler, does: 'echoes' } : handler,
    pieces: pieces.filter(({ label }) => !label.endsWith(' pings')),
    leaving: 'ends',
  };
}
