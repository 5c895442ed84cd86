import type { Connection } from 'joystick-websockets';

/**
 * Sends the parts that a source yields, for example the chunks of a file or the tokens of a model, as fast as the client
 * reads them. At most one part waits in this process, regardless of the total size. If the client leaves, the source ends.
 *
 * @returns whether all parts were sent.
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
