// A worker, or the single process. It publishes each message of a client to all clients.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Connection, mount_websockets } from 'joystick-websockets';
import { cluster_broker } from 'joystick-websockets/cluster';

const server = createServer();
const mounted = mount_websockets(
  server,
  {
    fan: {
      on_open: (connection: Connection) => connection.subscribe('room'),
      on_message: (message: unknown, connection: Connection) => {
        connection.send(message);
        connection.publish('room', message);
      },
    },
  },
  process.argv.includes('--cluster') ? { broker: cluster_broker() } : {},
);
server.listen(Number(process.env.PORT), '127.0.0.1');
await once(server, 'listening');
await mounted.ready;
process.send?.('ready');
