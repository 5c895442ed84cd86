// The built package, with default options.
import { createServer } from 'node:http';
import { mount_websockets } from '../../dist/index.js';
import { create_news } from '../messages.mjs';
import { announce } from './announce.mjs';

const server = createServer();
let published = 0;

const mounted = mount_websockets(server, {
  bench: {
    on_message(message, connection) {
      if (message.publish !== undefined) return publish(message.publish, message.topics);
      if (message.subscribe !== undefined) connection.subscribe(message.subscribe);
      connection.send(message);
    },
  },
});
const endpoint = mounted.endpoint('bench');

function publish(times, topics = 1) {
  for (let i = 0; i < times; i += 1) {
    const news = create_news(published++);
    for (let topic = 0; topic < topics; topic += 1) endpoint.publish(`news_${topic}`, news);
  }
}

server.listen(0, '127.0.0.1', () => announce(server.address().port));
