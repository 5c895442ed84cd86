import { app } from 'joystick-websockets';
import { create_chat } from './chat.ts';

const files = { root: import.meta.dirname };

/** Serves the page at `/` and the endpoint that it connects to. */
export function start_chat({ port }: { port?: number } = {}) {
  return app({
    port,
    websockets: { chat: create_chat() },
    routes: {
      '/': (_request, response) => response.sendFile('page.html', files),
      '/page.css': (_request, response) => response.sendFile('page.css', files),
      '/page.js': (_request, response) => response.sendFile('page.js', files),
    },
  });
}
