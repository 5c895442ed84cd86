import { randomBytes } from 'node:crypto';
import type { Connection } from 'joystick-websockets';

const MESSAGE_BYTES = 65_536;
const MAX_MESSAGES = 1024;

/**
 * Sends to a client that reads nothing until this much of it waits on the server, and says how many
 * messages it took.
 *
 * @param enough_bytes more than any kernel keeps, where what waits may not have come to it yet.
 */
export async function flood(connection: Connection, enough_bytes = 1_048_576): Promise<number> {
  // What can hardly be compressed.
  const padding = randomBytes((MESSAGE_BYTES / 4) * 3).toString('base64');
  for (let index = 0; index < MAX_MESSAGES; index++) {
    connection.send({ index, padding });
    // What the kernel takes, it takes at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (connection.buffered_bytes >= enough_bytes) return index + 1;
  }
  throw new Error('the client goes on reading');
}
