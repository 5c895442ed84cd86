// A server in its own process. It sends every connection a message every 100 ms.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mount_websockets } from 'joystick-websockets';
import type { ServerOrder, ServerReport } from './reports.ts';

const PUBLISH_EVERY_IN_MS = 100;

const server = createServer();
const mounted = mount_websockets(server, {
  ticks: { on_open: (connection: any) => connection.subscribe('ticks') },
});
const report = (told: ServerReport) => process.send?.(told);

let number = 0;
const publishing = setInterval(
  () => mounted.endpoint('ticks').publish('ticks', ++number),
  PUBLISH_EVERY_IN_MS,
);

const orders: Record<ServerOrder, () => Promise<void>> = {
  listen: async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    report({ port: (server.address() as AddressInfo).port });
  },
  // In the order that the README recommends. The process ends by itself once the server has closed everything.
  close: async () => {
    clearInterval(publishing);
    await mounted.close();
    server.close();
    report({ closed_at: Date.now() });
    process.channel?.unref();
  },
};
process.on('message', (order: ServerOrder) => void orders[order]());
process.on('disconnect', () => process.exit());
report({ pid: process.pid });
