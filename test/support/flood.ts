import { randomBytes } from 'node:crypto';
import type { Connection } from 'joystick-websockets';

const MESSAGE_BYTES = 65_536;
/** More than any kernel keeps for a client that does not read. */
const MAX_MESSAGES = 512;
const ENOUGH_BYTES = 1_048_576;

/**
 * Sends to a client that reads nothing until much of it waits on the server, and says how many
 * messages it took.
 */
export async function flood(connection: Connection): Promise<number> {
  // What cannot be compressed.
  const padding = randomBytes(MESSAGE_BYTES / 2).toString('hex');
  for (let index = 0; index < MAX_MESSAGES; index++) {
    connection.send({ index, padding });
    // What the kernel takes, it takes at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (connection.buffered_bytes >= ENOUGH_BYTES) return index + 1;
  }
  throw new Error('the client goes on reading');
}
