import { connect } from 'node:net';

/**
 * How a hostile client leaves: immediately, at the server's first bytes, or while `on_upgrade` decides. A client that
 * finishes ends only its own half. A client that stays continues to send after the server has closed.
 */
export type Ending =
  | 'resets'
  | 'resets_at_answer'
  | 'resets_at_upgrade'
  | 'finishes'
  | 'finishes_at_answer'
  | 'vanishes'
  | 'stays';

/** An attack: the bytes that a hostile client sends, and how it leaves. */
export interface Attack {
  readonly id: string;
  readonly kind: string;
  readonly chunks: readonly Buffer[];
  readonly ending: Ending;
}

/**
 * Carries out an attack on a port of this machine.
 *
 * @param at_upgrade the callbacks by client id, which are called when `on_upgrade` runs for the client.
 * @returns a promise that resolves once the client's socket is gone.
 */
export function attack_port(
  port: number,
  { id, chunks, ending }: Attack,
  at_upgrade: Map<string, () => void>,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: ending === 'stays' });
    const leave = () => {
      if (ending.startsWith('resets')) socket.resetAndDestroy();
      else if (ending.startsWith('finishes')) socket.end();
      else socket.destroy();
    };
    socket.on('error', () => {});
    let talking: NodeJS.Timeout | undefined;
    if (ending === 'stays') {
      socket.once('end', () => {
        talking = setInterval(() => socket.write('and another thing'), 10);
      });
    }
    socket.once('close', () => {
      clearInterval(talking);
      at_upgrade.delete(id);
      resolve();
    });
    socket.resume();
    if (ending === 'resets_at_upgrade') at_upgrade.set(id, leave);
    if (ending.endsWith('_at_answer')) socket.once('data', leave);
    socket.once('connect', async () => {
      for (const chunk of chunks) {
        if (socket.destroyed) return;
        socket.write(chunk);
        await new Promise(setImmediate);
      }
      if (ending !== 'stays' && !ending.includes('_at_')) leave();
    });
  });
}
