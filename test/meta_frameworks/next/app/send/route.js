import { websockets } from 'joystick-websockets';

export const dynamic = 'force-dynamic';

export function GET() {
  websockets('echo').send({ sent_by: 'a route' });
  return new Response('sent');
}
