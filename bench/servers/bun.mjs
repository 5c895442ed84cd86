// Runs in Bun, whose server is uWebSockets. It shows what is possible outside Node.
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

let published = 0;

const server = globalThis.Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response('no websocket', { status: 426 });
  },
  websocket: {
    message(socket, text) {
      const message = JSON.parse(text);
      if (message.publish !== undefined) return publish(message.publish);
      if (message.subscribe !== undefined) socket.subscribe(message.subscribe);
      socket.send(JSON.stringify(message));
    },
  },
});

function publish(times) {
  for (let i = 0; i < times; i += 1) {
    server.publish('news_0', JSON.stringify(create_news(published++)));
  }
}

announce(server.port);
