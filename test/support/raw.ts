import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connect_tls } from 'node:tls';
import { onTestFinished } from 'vitest';

const GOOD_HEADERS: Record<string, string> = {
  Host: 'localhost',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Returns an upgrade request as text. A header that is `undefined` is omitted. */
export function upgrade_request(
  path: string,
  {
    method = 'GET',
    headers = {},
  }: { method?: string; headers?: Record<string, string | undefined> } = {},
): string {
  const lines = Object.entries({ ...GOOD_HEADERS, ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A TCP or TLS client that keeps everything it receives. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves with everything received, once the server has ended the connection. */
  readonly ended: Promise<string>;
  text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.ended = new Promise((resolve) => {
      socket.once('close', () => resolve(this.text));
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Like {@link RawClient.connect}, but to an `https:` server. Its certificate is not checked. */
  static async connect_tls(port: number): Promise<RawClient> {
    const socket = connect_tls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const client = new RawClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  async receives(part: string): Promise<string> {
    while (!this.text.includes(part)) await once(this.socket, 'data');
    return this.text;
  }
}

/** Returns a masked frame, as a client sends it. `opcode` 1 is text, 8 is a close. */
export function client_frame(opcode: number, payload: Uint8Array | string): Buffer {
  const data = Buffer.from(payload);
  if (data.length > 125) throw new RangeError('only short frames are made here');
  const mask = [1, 2, 3, 4];
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.from([0x80 | opcode, 0x80 | data.length, ...mask, ...masked]);
}
