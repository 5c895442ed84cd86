import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from 'joystick-websockets';
import { create_download } from './download.ts';

const size_in_megabytes = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'streaming-'));
const path = join(folder, 'numbers.txt');
await write_numbers(path, size_in_megabytes);

const { url } = await app({
  websockets: { download: create_download(path) },
  routes: { '/': (_request, response) => response.sendFile(path) },
  events: { on_closed: () => rmSync(folder, { recursive: true }) },
});
console.log(`${url.replace('http', 'ws')}/api/_websockets/download`);
console.log('In a second terminal, start slow_client.ts with this address. Press Ctrl+C to stop.');

setInterval(() => {
  console.log(`${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB of memory`);
}, 1_000).unref();

/** Writes lines of 16 bytes, each with a number. */
async function write_numbers(path: string, megabytes: number): Promise<void> {
  const file = await open(path, 'w');
  for (let megabyte = 0; megabyte < megabytes; megabyte++) {
    const lines = Array.from({ length: 62_500 }, (_, line) => megabyte * 62_500 + line);
    await file.write(lines.map((line) => `${String(line).padStart(15, '0')}\n`).join(''));
  }
  await file.close();
}
