import { once } from 'node:events';
import { type Server as HttpServer, get as http_get, type IncomingMessage } from 'node:http';
import { get as https_get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Websockets } from 'joystick-websockets';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Client } from '../support/client.ts';

/** What a framework's test started. */
export interface Host {
  /** Listening; answers `GET /` with `Howdy`, or a page of it. */
  server: Pick<HttpServer, 'address' | 'listening'>;
  /** Shuts down the way the framework wants it. */
  close(): Promise<unknown>;
  /** The certificate to trust, where the server speaks TLS. */
  ca?: string;
}

export interface Framework {
  /** The subject of the tests' titles. */
  name: string;
  /** What makes a shutdown close our connections first. */
  shut_down_by: string;
  start(websockets: Websockets): Promise<Host>;
}

/** A mount in a real framework: neither is in the other's way, and the framework's own shutdown ends both. */
export function check_mount({ name, shut_down_by, start }: Framework): void {
  test(`${name} answers its own routes beside a mount`, async () => {
    const { http_url, tls } = await start_host(start);
    expect(await get_text(http_url, tls)).toContain('Howdy');
  });

  test(`${name} serves an endpoint`, async () => {
    const { url, tls } = await start_host(start);
    const client = await Client.connect(`${url}/echo`, tls);
    client.send({ text: 'hello' });
    expect(await client.next_message()).toEqual({ text: 'hello' });
  });

  test(`${name} refuses an unknown endpoint with 404 and says so in JSON`, async () => {
    const { url, tls } = await start_host(start);
    const socket = new WebSocket(`${url}/ecko`, tls);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toContain('application/json');
    expect(JSON.parse(await text(response))).toEqual({
      error: {
        code: 'unknown_endpoint',
        message: 'there is no WebSocket endpoint at /api/_websockets/ecko',
      },
    });
  });

  test(`${name} shuts down with a live connection through ${shut_down_by}`, async () => {
    const { url, http_url, tls, host, close, close_codes } = await start_host(start);
    expect(await get_text(http_url, tls)).toContain('Howdy');
    const client = await Client.connect(`${url}/echo`, tls);
    await close();
    expect((await client.closed).code).toBe(1012);
    expect(close_codes).toEqual([1012]);
    expect(host.server.listening).toBe(false);
  });
}

/** A host with an endpoint `echo`; closed when the test has finished. */
export async function start_host<H extends Host>(start: (websockets: Websockets) => Promise<H>) {
  const close_codes: number[] = [];
  const host = await start({
    echo: {
      on_message: (message, connection) => connection.send(message),
      on_close: (code) => {
        close_codes.push(code);
      },
    },
  });
  let closed: Promise<unknown> | undefined;
  const close = () => {
    closed ??= host.close();
    return closed;
  };
  onTestFinished(async () => {
    await close();
  });
  const { port } = host.server.address() as AddressInfo;
  const address = `${host.ca === undefined ? '' : 's'}://localhost:${port}`;
  return {
    host,
    http_url: `http${address}/`,
    /** Where the endpoints are. */
    url: `ws${address}/api/_websockets`,
    tls: host.ca === undefined ? {} : { ca: host.ca },
    close,
    close_codes,
  };
}

/** Closes a server and waits until it is. */
export async function close_server(server: {
  close(callback: (error?: Error) => void): unknown;
}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}

async function get_text(url: string, tls: { ca?: string }): Promise<string> {
  const get = url.startsWith('https:') ? https_get : http_get;
  const [response] = await once(get(url, tls), 'response');
  return text(response as IncomingMessage);
}
