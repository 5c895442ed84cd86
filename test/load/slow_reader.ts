// Clients that read 100 kB/s while megabytes wait for them, with the default heartbeat. The server never treats them as
// dead.
import { connect, type Socket } from 'node:net';
import { check, Part, play, report, serve, wait } from './harness.ts';

const RATE = 100_000;
const BEHIND = 4_000_000;
/** More than Linux buffers for a peer that does not read. The rest waits in the server's process. */
const BEHIND_AND_MORE = 7_000_000;
const SIZE = 50_000;
/** How long the server adds as much as the client reads. */
const ADDING_IN_SECONDS = 60;
const SECONDS = 121;

/** A reader that skips a server's frames and answers its pings. */
class Frames {
  pings = 0;
  #head = true;
  #unread = Buffer.alloc(0);
  #payload_left = 0;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (this.#head) {
      const end = this.#unread.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#head = false;
      this.#unread = this.#unread.subarray(end + 4);
    }
    for (;;) {
      const skipped = Math.min(this.#payload_left, this.#unread.length);
      this.#payload_left -= skipped;
      this.#unread = this.#unread.subarray(skipped);
      if (this.#unread.length < 10 && !(this.#unread.length >= 2 && this.#short())) return;
      this.#next();
    }
  }

  #short(): boolean {
    const length = (this.#unread[1] ?? 0) & 127;
    return length < 126 || (length === 126 && this.#unread.length >= 4);
  }

  #next(): void {
    const length = (this.#unread[1] ?? 0) & 127;
    const [header, payload] =
      length < 126
        ? [2, length]
        : length === 126
          ? [4, this.#unread.readUInt16BE(2)]
          : [10, Number(this.#unread.readBigUInt64BE(2))];
    if (((this.#unread[0] ?? 0) & 15) === 9) {
      this.pings++;
      this.#socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
    }
    this.#unread = this.#unread.subarray(header);
    this.#payload_left = payload;
  }
}

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const readers = ['once', 'more'].map((what) => new Part('reader', String(port), what));
    const closed: string[] = [];
    for (let left = SECONDS; left > 0 && closed.length === 0; left--) {
      await wait(1000);
      if (left % 20 === 0) {
        server.tell({});
        const { stats, ended } = await server.next('stats');
        closed.push(...ended);
        console.log(
          `      ${SECONDS - left} s: waiting in this process, bytes: ${stats.join(', ')}`,
        );
      }
    }
    for (const reader of readers) reader.tell({});
    const reports = await Promise.all(readers.map((reader) => reader.next('read')));
    for (const { what, bytes, pings } of reports) {
      const least = what === 'once' ? BEHIND : BEHIND + RATE * ADDING_IN_SECONDS * 0.9;
      check(`${what}: bytes read (pings answered: ${pings})`, bytes, bytes >= least);
    }
    check('connections closed', closed.join() || 'none', closed.length === 0);
    for (const part of [server, ...readers]) part.process.kill('SIGKILL');
  },

  async server() {
    const ended: string[] = [];
    const { port, mounted } = await serve({
      stream: {
        // No limit, because the kernels decide how much waits in this process.
        options: { max_buffered_in_bytes: 0 },
        on_open: async (connection) => {
          const behind = connection.params.what === 'once' ? BEHIND : BEHIND_AND_MORE;
          for (let sent = 0; sent < behind; sent += SIZE) connection.send('x'.repeat(SIZE));
          if (connection.params.what === 'once') return;
          // A little more than the client reads, so that the waiting bytes never shrink.
          for (let tick = 0; tick < ADDING_IN_SECONDS * 10 && connection.is_open; tick++) {
            connection.send('y'.repeat(RATE / 10 + 200));
            await wait(100);
          }
        },
        on_close: (code, _reason, { params }) => ended.push(`${params.what} ${code}`),
      },
    });
    process.on('message', () => {
      const { connections } = mounted.endpoint('stream');
      report('stats', { ended, stats: connections.map(({ buffered_bytes }) => buffered_bytes) });
    });
    report('listening', { port });
  },

  async reader(port, what) {
    const socket = connect(Number(port), '127.0.0.1');
    const frames = new Frames(socket);
    socket.write(
      [
        `GET /api/_websockets/stream?what=${what} HTTP/1.1`,
        'Host: localhost',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        '\r\n',
      ].join('\r\n'),
    );
    socket.on('error', () => {});
    // Reads only on demand, so that the rest waits in the kernels, and then in the server.
    socket.on('readable', () => {});
    let bytes = 0;
    const started = performance.now();
    setInterval(() => {
      const allowed = ((performance.now() - started) / 1000) * RATE;
      const chunk = socket.read(
        Math.min(socket.readableLength, Math.floor(allowed - bytes)),
      ) as Buffer | null;
      if (chunk === null) return;
      bytes += chunk.length;
      frames.read(chunk);
    }, 50);
    process.on('message', () => report('read', { what, bytes, pings: frames.pings }));
  },
});
