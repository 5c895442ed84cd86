import { randomBytes } from 'node:crypto';
import type { Connection } from 'joystick-websockets';

const MESSAGE_BYTES = 65_536;
const MAX_MESSAGES = 1024;

/**
 * Sends to a client that reads nothing until `enough_bytes` wait on the server. Resolves with the number of messages that
 * were needed.
 *
 * @param enough_bytes if the bytes may not have reached the kernel yet, pass more than any kernel buffers.
 */
export async function flood(connection: Connection, enough_bytes = 1_048_576): Promise<number> {
  // Random, so that it can hardly be compressed.
  const padding = randomBytes((MESSAGE_BYTES / 4) * 3).toString('base64');
  for (let index = 0; index < MAX_MESSAGES; index++) {
    connection.send({ index, padding });
    // The kernel receives the bytes at the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (connection.buffered_bytes >= enough_bytes) return index + 1;
  }
  throw new Error('the client continues to read');
}
