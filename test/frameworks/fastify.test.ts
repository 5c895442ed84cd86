import Fastify from 'fastify';
import { mount_websockets } from 'joystick-websockets';
import { check_mount } from './suite.ts';

check_mount({
  name: 'a Fastify server',
  shut_down_by: 'preClose',
  async start(websockets) {
    const fastify = Fastify();
    fastify.get('/', async () => 'Howdy');
    const mounted = mount_websockets(fastify.server, websockets);
    fastify.addHook('preClose', () => mounted.close());
    await fastify.listen({ port: 0 });

    return { server: fastify.server, close: () => fastify.close() };
  },
});
