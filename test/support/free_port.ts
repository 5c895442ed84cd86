import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that was free a moment ago, for what cannot be given 0. */
export async function find_free_port(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
