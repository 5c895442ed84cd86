import { createServer } from 'node:http';
import WebSocket from 'faye-websocket';
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

const server = createServer();
const clients = new Set();
let published = 0;

server.on('upgrade', (request, stream, head) => {
  const socket = new WebSocket(request, stream, head);
  clients.add(socket);
  socket.on('close', () => clients.delete(socket));
  socket.on('message', (event) => {
    const message = JSON.parse(event.data);
    if (message.publish === undefined) socket.send(JSON.stringify(message));
    else for (let i = 0; i < message.publish; i += 1) publish(create_news(published++));
  });
});

function publish(news) {
  const text = JSON.stringify(news);
  for (const client of clients) client.send(text);
}

server.listen(0, '127.0.0.1', () => announce(server.address().port));
