import { defineEventHandler } from 'h3';
import { websockets } from 'joystick-websockets';

export default defineEventHandler(() => {
  websockets('echo').send({ sent_by: 'a route' });
  return 'sent';
});
