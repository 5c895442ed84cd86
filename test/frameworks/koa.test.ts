import { once } from 'node:events';
import { mount_websockets } from 'joystick-websockets';
import Koa from 'koa';
import { check_mount, close_server } from './suite.ts';

check_mount({
  name: 'a Koa server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const app = new Koa();
    app.use((context) => {
      context.body = 'Howdy';
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
