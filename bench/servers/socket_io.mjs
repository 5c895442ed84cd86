import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { create_news, PATH } from '../messages.mjs';
import { announce } from './announce.mjs';

const http_server = createServer();
const server = new Server(http_server, {
  path: PATH,
  transports: ['websocket'],
  serveClient: false,
});
let published = 0;

server.on('connection', (socket) => {
  socket.on('message', (message) => {
    if (message.publish !== undefined) return publish(message.publish);
    if (message.subscribe !== undefined) socket.join(message.subscribe);
    socket.send(message);
  });
});

function publish(times) {
  for (let i = 0; i < times; i += 1) server.to('news_0').emit('message', create_news(published++));
}

http_server.listen(0, '127.0.0.1', () => announce(http_server.address().port));
