import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { stream_to } from '../../examples/streaming/stream_to.ts';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { run_node } from '../support/process.ts';
import { serve } from '../support/server.ts';

const MEGABYTES = 120;
/** Much less than the file, and more than what the collector of V8 lets lie about. */
const MAX_GROWTH_IN_MEGABYTES = 60;

/** The server of the example, with a file of that size. */
async function start(megabytes: number) {
  const { log, child, exited } = run_node(
    ['--import', 'tsx', 'examples/streaming/server.ts', String(megabytes)],
    { env: { PORT: '0' } },
  );
  await log.reaches(1);
  // It removes its file.
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  return { url: String(log.entries[0]), child };
}

/** The most memory that a process has ever had. */
function peak_megabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000;
}

/** Keeps no more than a hash of what it is sent. */
async function download(url: string, { is_slow }: { is_slow: boolean }) {
  const client = await Client.connect(url);
  const { size_in_bytes } = await client.next_message();
  const { socket } = client;
  socket.removeAllListeners('message');
  const hash = createHash('sha256');
  let received = 0;
  const completed = new Promise<void>((resolve) => {
    socket.on('message', async (data: Buffer, is_binary) => {
      if (!is_binary) return resolve();
      hash.update(data);
      const is_time_to_rest =
        is_slow && received % 1_000_000 > (received + data.length) % 1_000_000;
      received += data.length;
      if (!is_time_to_rest) return;
      socket.pause();
      await sleep(10);
      socket.resume();
    });
  });
  client.send({ from: 0 });
  await completed;
  expect(received).toBe(size_in_bytes);
  expect((await client.close()).code).toBe(1005);
  return hash.digest('hex');
}

test('a slow client gets all of a large file in order, and the server keeps none of it', async () => {
  const { url, child } = await start(MEGABYTES);
  const page_url = url.replace('ws', 'http').replace(/\/api.*/, '');
  const hash = createHash('sha256');
  for await (const chunk of (await fetch(page_url)).body ?? []) hash.update(chunk);
  const before = peak_megabytes(child.pid);
  expect(await download(url, { is_slow: true })).toBe(hash.digest('hex'));
  expect(peak_megabytes(child.pid) - before).toBeLessThan(MAX_GROWTH_IN_MEGABYTES);
}, 60_000);

test('its slow client gets it, too', async () => {
  const { url } = await start(2);
  const { log, exited } = run_node(['--import', 'tsx', 'examples/streaming/slow_client.ts', url]);
  expect((await exited).code).toBe(0);
  expect(log.entries).toEqual(['2 of 2 MB', 'closed with 1005']);
});

test('a request that makes no sense is answered with 1008', async () => {
  const { url } = await start(1);
  for (const from of [-1, 0.5, 'the middle', {}]) {
    const client = await Client.connect(url);
    client.send({ from });
    expect((await client.closed).code).toBe(1008);
  }
});

test('a client that leaves ends what is streamed to it', async () => {
  const ended = recorder();
  async function* endless() {
    try {
      for (let number = 0; ; number++) {
        yield { number, text: 'x'.repeat(10_000) };
      }
    } finally {
      ended.add('the source');
    }
  }
  const { url } = await serve({
    endless: {
      on_message: async (_message, connection) => {
        ended.add(await stream_to(connection, endless()));
      },
      on_close: () => ended.add('the connection'),
    },
  });
  const client = await Client.connect(`${url}/endless`);
  client.send('"go"');
  expect(await client.next_message()).toMatchObject({ number: 0 });
  client.reset();
  await ended.reaches(3);
  expect(ended.entries).toEqual(['the source', false, 'the connection']);
});
