// A server of one's own around what `nuxt build` made, with a mount on it.
import { createServer } from 'node:http';
import { mount_websockets } from 'joystick-websockets';
import { listener } from './.output/server/index.mjs';
import { endpoints } from './endpoints.mjs';

const server = createServer(listener);
mount_websockets(server, endpoints);
server.listen(Number(process.argv[2]), '127.0.0.1');
