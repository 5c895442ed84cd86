import { define_websocket, websockets } from 'joystick-websockets';

export const example_endpoint = define_websocket({
  on_open: (connection) => connection.send({ text: 'welcome' }),
  on_message: (message) => websockets('example_endpoint').send(message),
  on_close: (code) => websockets('example_endpoint').send({ text: `closed with ${code}` }),
});
