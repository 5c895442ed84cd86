// A node that serves topics and repeatedly publishes a numbered message to each of them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mount_websockets } from 'joystick-websockets';
import { create_broker, type EngineName } from './brokers.ts';

const [engine, port, name, topics, rate] = process.argv.slice(2) as string[];
const count = Number(topics);

const log = (message: string) => {
  if (message.includes('is away')) process.send?.({ state: 'away', at: Date.now() });
  else if (message.includes('is back')) process.send?.({ state: 'back', at: Date.now() });
  else console.log(`${name}: ${message}`);
};
const server = createServer();
const mounted = mount_websockets(
  server,
  { chaos: { on_open: (connection: any) => connection.subscribe(connection.params.topic) } },
  {
    broker: await create_broker(engine as EngineName, Number(port)),
    logger: { warn: log, error: console.error },
  },
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await mounted.ready;
process.send?.({ port: (server.address() as AddressInfo).port });

// The process is part of the name, because a node that was killed numbers its messages from 1 again.
const publisher = `${name} ${process.pid}`;
const numbers = new Array<number>(count).fill(0);
let publishing: NodeJS.Timeout | undefined;
process.on('message', (told) => {
  if (told === 'stop') clearInterval(publishing);
  if (told !== 'publish') return;
  publishing = setInterval(() => {
    for (let topic = 0; topic < count; topic++) {
      const number = (numbers[topic] ?? 0) + 1;
      numbers[topic] = number;
      mounted.endpoint('chaos').publish(String(topic), [publisher, number, Date.now()]);
    }
  }, 1000 / Number(rate));
});
