import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { type MountedWebsockets, mount_websockets, type Websockets } from 'joystick-websockets';
import { onTestFinished } from 'vitest';

/**
 * Bundles a script that imports the package, for a page.
 *
 * @param alias packages that replace others, by name.
 */
export async function bundle(script: string, alias: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: resolve('test'), loader: 'tsx' },
    bundle: true,
    format: 'iife',
    jsx: 'automatic',
    write: false,
    alias,
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0]?.text ?? '';
}

export interface Site {
  /** `http://localhost:<port>` */
  readonly url: string;
  /** Closes all connections with 1012, and serves nothing until it is started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Serves a page with a script, and endpoints on the same server. The server can be stopped and started again. */
export async function serve_site(script: string, websockets: Websockets): Promise<Site> {
  let port = 0;
  let server: Server | undefined;
  let mounted: MountedWebsockets | undefined;

  const start = async () => {
    server = createServer((request, response) => {
      const is_script = request.url === '/script.js';
      response.setHeader('Content-Type', is_script ? 'text/javascript' : 'text/html');
      const head = '<!doctype html><meta charset="utf-8"><title>Page</title>';
      const body = '<div id="root"></div><script src="/script.js"></script>';
      response.end(is_script ? script : head + (request.url === '/other' ? '' : body));
    });
    const logger = { warn: () => {}, error: () => {} };
    mounted = mount_websockets(server, websockets, { logger });
    server.listen(port, 'localhost');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    await mounted?.close({ grace_in_seconds: 1 });
    const closing = server;
    server = undefined;
    closing?.closeAllConnections();
    if (closing?.listening) await new Promise((done) => closing.close(done));
  };

  await start();
  onTestFinished(stop);
  return { url: `http://localhost:${port}`, start, stop };
}
