// The fastest loop over ws that its public API allows. A client's TCP socket, known from the upgrade event, is corked
// until the turn ends, and a publish is encoded once. Frame headers are still created for each client, because
// Sender.frame, which could share them, is not part of the documented API.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

const TEXT = { binary: false };
const http_server = createServer();
const ws_server = new WebSocketServer({ noServer: true, clientTracking: false });
const clients = new Set();
let corked = [];
let published = 0;

http_server.on('upgrade', (request, stream, head) => {
  ws_server.handleUpgrade(request, stream, head, (socket) => serve(socket, stream));
});

function serve(socket, stream) {
  const client = { socket, stream, is_corked: false };
  clients.add(client);
  socket.on('error', console.error);
  socket.on('close', () => clients.delete(client));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.publish === undefined) {
      cork(client);
      socket.send(JSON.stringify(message));
    } else for (let i = 0; i < message.publish; i += 1) publish(create_news(published++));
  });
}

function publish(news) {
  const bytes = Buffer.from(JSON.stringify(news));
  for (const client of clients) {
    cork(client);
    client.socket.send(bytes, TEXT);
  }
}

function cork(client) {
  if (client.is_corked) return;
  client.is_corked = true;
  client.stream.cork();
  if (corked.push(client) === 1) process.nextTick(uncork_all);
}

function uncork_all() {
  const clients_to_uncork = corked;
  corked = [];
  for (const client of clients_to_uncork) {
    client.is_corked = false;
    client.stream.uncork();
  }
}

http_server.listen(0, '127.0.0.1', () => announce(http_server.address().port));
