// ws as its README shows it: parse, stringify, and loop over all clients.
import { WebSocketServer } from 'ws';
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
let published = 0;

server.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.publish === undefined) socket.send(JSON.stringify(message));
    else for (let i = 0; i < message.publish; i += 1) publish(create_news(published++));
  });
});

function publish(news) {
  const text = JSON.stringify(news);
  for (const client of server.clients) client.send(text);
}

server.on('listening', () => announce(server.address().port));
