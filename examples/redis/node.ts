// One of several nodes. Start one on each machine, all with the same Redis.
import { app, type Connection } from 'joystick-websockets';
import { redis_broker } from 'joystick-websockets/redis';
import { createClient } from 'redis';

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });

await app({
  host: '127.0.0.1',
  websockets: {
    room: {
      on_open: (connection: Connection) => {
        connection.subscribe('room');
        connection.send({ node: process.env.NAME, you: connection.remote_address });
      },
      on_message: (message: unknown, connection: Connection) => {
        connection.publish('room', { by_node: process.env.NAME, message });
      },
    },
  },
  routes: { '/health': (_request, response) => response.send('well') },
  // The proxy runs on this machine, so its header with the client's address is trusted.
  websocket_options: { broker: redis_broker({ client }), trust_proxy: 'loopback' },
});

console.log(`node ${process.env.NAME} is listening`);
