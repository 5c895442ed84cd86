// A mount on the server of `nuxt dev`. Nuxt closes its modules and loads them anew when its configuration changes.
import { mount_websockets } from 'joystick-websockets';
import { endpoints } from '../endpoints.mjs';

export default (_options, nuxt) => {
  let mounted;
  nuxt.hook('listen', (server) => {
    mounted = mount_websockets(server, endpoints);
  });
  nuxt.hook('close', () => mounted?.close());
};
