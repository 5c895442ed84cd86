// The servers that are compared. They all do the same; only the library differs.

/** The server that every ratio is relative to. */
export const BASELINE = 'ws_naive';

/** `wire`: see load/wires.mjs. `package`: the package whose version is printed. */
export const SERVERS = {
  ws_naive: { title: 'bare ws, naive', package: 'ws' },
  control: { title: 'control: bare ws, naive', package: 'ws' },
  ws_best: { title: 'bare ws, best loop', package: 'ws' },
  joystick_websockets: { title: '**joystick-websockets**' },
  socket_io: { title: 'Socket.IO', package: 'socket.io', wire: 'socket_io' },
  crossws: { title: 'crossws on Node', package: 'crossws' },
  fastify_websocket: { title: '@fastify/websocket', package: '@fastify/websocket' },
  express_ws: { title: 'express-ws', package: 'express-ws' },
  faye_websocket: { title: 'faye-websocket', package: 'faye-websocket' },
  bun: { title: 'Bun (not Node)', package: `@oven/bun-linux-${bun_processor()}`, is_bun: true },
  broken_drops: { title: 'broken: drops', file: 'broken', args: ['drops'], is_check: true },
  broken_alters: { title: 'broken: alters', file: 'broken', args: ['alters'], is_check: true },
  broken_repeats: { title: 'broken: repeats', file: 'broken', args: ['repeats'], is_check: true },
};

/** The servers that run without `--servers`. */
export const DEFAULT_SERVERS = Object.keys(SERVERS).filter((name) => !SERVERS[name].is_check);

function bun_processor() {
  return process.arch === 'arm64' ? 'aarch64' : process.arch;
}
