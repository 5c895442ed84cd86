// Next's custom server, with a mount on it.
import { createServer } from 'node:http';
import { mount_websockets } from 'joystick-websockets';
import next from 'next';

const [mode, port] = process.argv.slice(2);
const app = next({ dev: mode === 'development' });
await app.prepare();
const handle = app.getRequestHandler();
const server = createServer((request, response) => handle(request, response));
mount_websockets(server, {
  echo: { on_message: (message, connection) => connection.send(message) },
});
server.listen(Number(port), '127.0.0.1');
