import type { Connection } from 'joystick-websockets';

/**
 * Sends what a source yields (the chunks of a file, the tokens of a model) as fast as the client
 * reads it: at most one chunk waits in this process, whatever there is to send. Ends the source
 * where the client leaves.
 *
 * @returns whether all of it was sent.
 */
export async function stream_to(
  connection: Connection,
  source: AsyncIterable<unknown>,
): Promise<boolean> {
  for await (const part of source) {
    if (!connection.send(part)) return false;
    await connection.drained();
  }
  return true;
}
