import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { attack_port } from '../support/attack.ts';
import { HostileClients } from '../support/hostile.ts';
import {
  type FromClient,
  HEARTBEAT_INTERVAL_IN_SECONDS,
  HEARTBEAT_TIMEOUT_IN_SECONDS,
} from './contract.ts';
import type { Load } from './load.ts';

/** Requests a flood of messages, and reads nothing. */
export function live_slowly(load: Load): Promise<void> {
  return stop_reading(load, 'flood', 3 + Math.random() * 7);
}

/** Becomes silent, and leaves the connection open. */
export function vanish(load: Load): Promise<void> {
  const noticed = HEARTBEAT_INTERVAL_IN_SECONDS + HEARTBEAT_TIMEOUT_IN_SECONDS;
  return stop_reading(load, 'vanish', noticed + 5);
}

async function stop_reading(load: Load, wish: FromClient['wish'], seconds: number) {
  const socket = new WebSocket(`${load.url}/soak?id=${load.next_id()}`);
  socket.on('error', () => {});
  const closed = once(socket, 'close').catch(() => {});
  await Promise.race([once(socket, 'open').catch(() => {}), closed]);
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ number: 1, wish } satisfies FromClient));
    socket.pause();
    await load.rest(seconds * 1_000);
    socket.terminate();
  }
  await closed;
}

const hostile = new HostileClients(Number(process.env.HOSTILE_SEED ?? 20_250_101));

/** For attacks that wait for `on_upgrade`, which runs in another process: each callback is called a moment later. */
class SoonAfter extends Map<string, () => void> {
  override set(id: string, leave: () => void): this {
    setTimeout(leave, Math.random() * 50);
    return super.set(id, leave);
  }
}
const at_upgrade = new SoonAfter();

/** Breaks the rules once. */
export async function attack(load: Load): Promise<void> {
  const chance = Math.random();
  if (chance < 0.05) await never_finish(load);
  else if (chance < 0.15) await flood_with_pings(load);
  else await attack_port(load.port, hostile.next(), at_upgrade);
  await sleep(Math.random() * 100);
}

/** Sends a handshake that never ends. */
async function never_finish(load: Load): Promise<void> {
  const socket = connect({ port: load.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close').catch(() => {});
  socket.write('GET /api/_websockets/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n');
  const dripping = setInterval(() => socket.write('X-More: and more\r\n'), 500);
  await Promise.race([load.rest(10_000), closed]);
  clearInterval(dripping);
  socket.destroy();
  await closed;
}

/** Sends more pings in one read than ws answers. */
async function flood_with_pings(load: Load): Promise<void> {
  const socket = new WebSocket(`${load.url}/echo`);
  socket.on('error', () => {});
  const closed = once(socket, 'close').catch(() => {});
  await Promise.race([once(socket, 'open').catch(() => {}), closed]);
  for (let count = 0; count < 5_000 && socket.readyState === WebSocket.OPEN; count++) {
    socket.ping('x'.repeat(100));
  }
  await Promise.race([load.rest(2_000), closed]);
  socket.terminate();
  await closed;
}
