import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const [url, megabytes_per_second = '20'] = process.argv.slice(2);
if (url === undefined) throw new Error('Usage: slow_client.ts <url> [megabytes per second]');

const socket = new WebSocket(url);
let received = 0;
let reported = 0;
let size = 0;

socket.on('message', async (data: Buffer, is_binary) => {
  if (!is_binary) {
    const message = JSON.parse(String(data));
    if (message.is_complete) return socket.close();
    size = message.size_in_bytes;
    return socket.send(JSON.stringify({ from: 0 }));
  }
  received += data.length;
  if (received - reported >= 10_000_000 || received === size) {
    reported = received;
    console.log(`${Math.round(received / 1e6)} of ${Math.round(size / 1e6)} MB`);
  }
  // Reading pauses for as long as the use of this chunk would take.
  socket.pause();
  await sleep(data.length / (Number(megabytes_per_second) * 1_000));
  socket.resume();
});
socket.on('close', (code) => console.log(`closed with ${code}`));
