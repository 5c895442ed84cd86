import { once } from 'node:events';
import express from 'express';
import { mount_websockets } from 'joystick-websockets';
import { check_mount, close_server } from './suite.ts';

check_mount({
  name: 'an Express server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const app = express();
    app.get('/', (_request, response) => {
      response.send('Howdy');
    });
    const server = app.listen(0);
    const mounted = mount_websockets(server, websockets);
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
