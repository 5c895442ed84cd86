// CPU time of the server for each invalid frame and for each valid frame, with an on_error.
// Blocks of all kinds alternate in one run, so that the ratios are reliable on a busy machine.
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { client_frame, upgrade_request } from '../support/raw.ts';
import { check, Part, play, report, serve } from './harness.ts';

const ROUNDS = 40;
const FRAMES = 20_000;
const MAX_RATIO = 3;

/** The kinds of blocks. A block repeats its frames, and is compared with the kind `as`. */
const KINDS: Record<string, { endpoint: string; frames: Buffer[]; as: string }> = {
  'valid JSON': { endpoint: 'plain', frames: [text('{"a":1}')], as: 'valid JSON' },
  'not JSON': { endpoint: 'plain', frames: [text('{"a":1;')], as: 'valid JSON' },
  'not UTF-8': {
    endpoint: 'plain',
    frames: [client_frame(2, Uint8Array.of(0xff, 1, 2))],
    as: 'valid JSON',
  },
  'one in eight not JSON': {
    endpoint: 'plain',
    frames: [...Array(7).fill(text('{"a":1}')), text('{"a":1;')],
    as: 'valid JSON',
  },
  'as declared': { endpoint: 'declared', frames: [text('{"a":1}')], as: 'as declared' },
  'not as declared': { endpoint: 'declared', frames: [text('{"a":""}')], as: 'as declared' },
};

function text(payload: string): Buffer {
  return client_frame(1, payload);
}

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const client = new Part('client', String(port));
    await client.next('connected');
    const microseconds = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of Object.keys(KINDS)) {
        client.tell({ kind });
        const { cpu } = await server.next('handled');
        // The first rounds do not count, because code is still being compiled.
        if (round >= ROUNDS / 4) microseconds.set(kind, (microseconds.get(kind) ?? 0) + cpu);
      }
    }
    const per_frame = (kind: string) =>
      (microseconds.get(kind) ?? 0) / FRAMES / (ROUNDS - Math.ceil(ROUNDS / 4));
    for (const [kind, { as }] of Object.entries(KINDS)) {
      const ratio = per_frame(kind) / per_frame(as);
      check(
        `${kind}: CPU time per frame, µs (times ${as})`,
        `${per_frame(kind).toFixed(2)} (${ratio.toFixed(2)})`,
        ratio <= MAX_RATIO,
      );
    }
    for (const part of [server, client]) part.process.kill('SIGKILL');
  },

  async server() {
    let handled = 0;
    let before = process.cpuUsage();
    const count = () => {
      if (++handled < FRAMES) return;
      const { user, system } = process.cpuUsage(before);
      before = process.cpuUsage();
      handled = 0;
      report('handled', { cpu: user + system });
    };
    const { port } = await serve({
      plain: { on_message: count, on_error: count },
      declared: { receives: z.object({ a: z.number() }), on_message: count, on_error: count },
    });
    report('listening', { port });
  },

  async client(port) {
    const sockets = new Map<string, Socket>();
    for (const endpoint of ['plain', 'declared']) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(upgrade_request(`/api/_websockets/${endpoint}`));
      await new Promise((resolve) => socket.once('data', resolve));
      sockets.set(endpoint, socket);
    }
    process.on('message', ({ kind }: { kind: string }) => {
      const { endpoint = '', frames = [] } = KINDS[kind] ?? {};
      const block = Array.from({ length: FRAMES }, (_, index) => frames[index % frames.length]);
      sockets.get(endpoint)?.write(Buffer.concat(block as Buffer[]));
    });
    report('connected');
  },
});
