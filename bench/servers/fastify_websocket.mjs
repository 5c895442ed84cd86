import websocket from '@fastify/websocket';
import fastify from 'fastify';
import { create_news, PATH } from '../messages.mjs';
import { announce } from './announce.mjs';

const app = fastify();
let published = 0;

await app.register(websocket);
app.get(PATH, { websocket: true }, (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.publish === undefined) socket.send(JSON.stringify(message));
    else for (let i = 0; i < message.publish; i += 1) publish(create_news(published++));
  });
});

function publish(news) {
  const text = JSON.stringify(news);
  for (const client of app.websocketServer.clients) client.send(text);
}

await app.listen({ host: '127.0.0.1', port: 0 });
announce(app.server.address().port);
