import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type MountedWebsockets,
  type MountOptions,
  mount_websockets,
  type Websockets,
} from 'joystick-websockets';
import { onTestFinished } from 'vitest';

/** Creates a logger that keeps its entries. */
export function create_recording_logger() {
  const entries: { level: string; message: string; details: Record<string, unknown> }[] = [];
  const log = (level: string) => (message: string, details: Record<string, unknown>) => {
    entries.push({ level, message, details });
  };
  return { entries, warn: log('warn'), error: log('error') };
}

export interface RunningServer {
  server: Server;
  port: number;
  /** `ws://127.0.0.1:<port>/api/_websockets` */
  url: string;
  mounted: MountedWebsockets;
  logger: ReturnType<typeof create_recording_logger>;
  close(): Promise<void>;
}

/** Starts a bare HTTP server with these endpoints on a free port. It is closed when the test has finished. */
export async function serve(
  websockets: Websockets,
  options: MountOptions = {},
  server: Server = createServer((_request, response) => response.writeHead(404).end('not found')),
): Promise<RunningServer> {
  const logger = create_recording_logger();
  const mounted = mount_websockets(server, websockets, { logger, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    await mounted.close({ grace_in_seconds: 1 });
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { server, port, url: `ws://127.0.0.1:${port}/api/_websockets`, mounted, logger, close };
}
