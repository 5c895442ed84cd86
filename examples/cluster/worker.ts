import { app, type Connection } from 'joystick-websockets';
import { cluster_broker } from 'joystick-websockets/cluster';

const { url } = await app({
  websockets: {
    room: {
      on_open: (connection: Connection) => {
        connection.subscribe('room');
        connection.send({ worker: process.pid });
      },
      on_message: (message: unknown, connection: Connection) => {
        connection.publish('room', { by_worker: process.pid, message });
      },
    },
  },
  routes: { '/': (_request, response) => response.send(`Served by worker ${process.pid}`) },
  websocket_options: { broker: cluster_broker() },
});

console.log(`worker ${process.pid} serves ${url.replace('http', 'ws')}/api/_websockets/room`);
