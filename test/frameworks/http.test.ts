import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as create_https_server } from 'node:https';
import { mount_websockets } from 'joystick-websockets';
import { create_certificate } from '../support/certificate.ts';
import { check_mount, close_server } from './suite.ts';

const say_howdy: RequestListener = (_request, response) => response.end('Howdy');

check_mount({
  name: 'a bare HTTP server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const server = createServer(say_howdy);
    const mounted = mount_websockets(server, websockets);
    server.listen(0);
    await once(server, 'listening');

    return {
      server,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  },
});

check_mount({
  name: 'a bare HTTPS server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const { key, cert } = create_certificate();
    const server = create_https_server({ key, cert }, say_howdy);
    const mounted = mount_websockets(server, websockets);
    server.listen(0);
    await once(server, 'listening');

    return {
      server,
      ca: cert,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  },
});
