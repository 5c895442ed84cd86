import { createServer } from 'node:http';
import node_adapter from 'crossws/adapters/node';
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

const server = createServer();
let published = 0;

const adapter = node_adapter({
  hooks: {
    message(peer, received) {
      const message = received.json();
      if (message.publish !== undefined) return publish(message.publish);
      if (message.subscribe !== undefined) peer.subscribe(message.subscribe);
      peer.send(JSON.stringify(message));
    },
  },
});

function publish(times) {
  for (let i = 0; i < times; i += 1) {
    adapter.publish('news_0', JSON.stringify(create_news(published++)));
  }
}

server.on('upgrade', adapter.handleUpgrade);
server.listen(0, '127.0.0.1', () => announce(server.address().port));
