// The cost of a client while on_upgrade decides: of a silent client, and of one that sends 12 kB byte by byte.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { mount_websockets } from '../../src/index.ts';
import { upgrade_request } from '../support/raw.ts';
import { check, Part, play, report } from './harness.ts';

const CLIENTS = 20;
const WARM_UP = 2;
const EARLY_BYTES = 12_000;
/** The bytes themselves, and the same amount for the growth of their buffer. */
const ALLOWED_KIB = (2 * EARLY_BYTES) / 1024 + 4;
const UPGRADE = upgrade_request('/api/_websockets/slow');

async function measure(early_bytes: number): Promise<number> {
  const server = new Part('server');
  const { port } = await server.next('listening');
  const bytes_with_another = async (count: number) => {
    const clients: Socket[] = [];
    for (let index = 0; index < count; index++) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
      socket.write(UPGRADE);
      clients.push(socket);
      await server.next('asked');
    }
    for (let sent = 0; sent < early_bytes; sent++) {
      for (const client of clients) client.write('x');
      // Each byte is its own packet: the next one follows once the server has read this one from every client.
      server.tell({ kind: 'read', count });
      await server.next('read');
    }
    server.tell({ kind: 'measure' });
    return (await server.next('memory')).bytes;
  };
  const before = await bytes_with_another(WARM_UP);
  const after = await bytes_with_another(CLIENTS);
  server.process.kill('SIGKILL');
  await server.exited;
  return (after - before) / CLIENTS / 1024;
}

play({
  async main() {
    const silent = await measure(0);
    check('KiB per pending upgrade, silent', silent.toFixed(1), silent < 16);
    const early = await measure(EARLY_BYTES);
    const what = `${EARLY_BYTES} bytes in as many packets`;
    check(`KiB per pending upgrade, ${what}`, early.toFixed(1), early < silent + ALLOWED_KIB);
  },

  async server() {
    const server = createServer();
    let chunks = 0;
    let wanted = Number.POSITIVE_INFINITY;
    const report_read = () => {
      if (chunks < wanted) return;
      chunks -= wanted;
      wanted = Number.POSITIVE_INFINITY;
      report('read');
    };
    let latest: Socket | undefined;
    server.on('connection', (socket) => {
      latest = socket;
    });
    mount_websockets(server, {
      slow: {
        options: { upgrade_timeout_in_seconds: 600 },
        on_upgrade: () => {
          latest?.on('data', () => {
            chunks++;
            report_read();
          });
          report('asked');
          return new Promise(() => {});
        },
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.on('message', async ({ kind, count }: { kind: string; count: number }) => {
      if (kind === 'read') {
        wanted = count;
        report_read();
        return;
      }
      for (let round = 0; round < 5; round++) {
        global.gc?.();
        await new Promise(setImmediate);
      }
      const { heapUsed, external } = process.memoryUsage();
      report('memory', { bytes: heapUsed + external });
    });
    report('listening', { port: (server.address() as AddressInfo).port });
  },
});
