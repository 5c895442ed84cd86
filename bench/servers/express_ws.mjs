import express from 'express';
import express_ws from 'express-ws';
import { create_news, PATH } from '../messages.mjs';
import { announce } from './announce.mjs';

const { app, getWss: get_server } = express_ws(express());
let published = 0;

app.ws(PATH, (socket) => {
  socket.on('message', (text) => {
    const message = JSON.parse(text);
    if (message.publish === undefined) socket.send(JSON.stringify(message));
    else for (let i = 0; i < message.publish; i += 1) publish(create_news(published++));
  });
});

function publish(news) {
  const text = JSON.stringify(news);
  for (const client of get_server().clients) client.send(text);
}

const server = app.listen(0, '127.0.0.1', () => announce(server.address().port));
