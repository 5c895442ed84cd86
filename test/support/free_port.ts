import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Finds a port that was free a moment ago, for programs that do not accept port 0. */
export async function find_free_port(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a server listens on a port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (is_open: boolean) => {
      socket.destroy();
      resolve(is_open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
