import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, define_websocket } from 'joystick-websockets';
import {
  type Answer,
  type FromClient,
  HEARTBEAT_INTERVAL_IN_SECONDS,
  HEARTBEAT_TIMEOUT_IN_SECONDS,
  type LastHandled,
  STREAM_PARTS,
  type Violations,
} from './contract.ts';

/** The time after which a vanished client must be closed. A busy process may notice it a little later. */
const MAX_SILENCE_IN_MS =
  (HEARTBEAT_INTERVAL_IN_SECONDS + HEARTBEAT_TIMEOUT_IN_SECONDS + 3) * 1_000;

const PART = 'p'.repeat(50_000);

/** The life of one connection, as the server has seen it. */
export class Life {
  /** The number of connections between `on_open` and `on_close`. */
  static open = 0;

  readonly id: string;
  state: 'asked' | 'opening' | 'open' | 'closed' = 'asked';
  /** The last message that was handled. */
  last = 0;
  answers = 0;
  is_handling = false;
  is_flooded = false;
  vanished_at: number | undefined;

  constructor(id: string) {
    this.id = id;
  }
}

type SoakConnection = Connection<any, any, Life>;

/** Creates an endpoint that fulfils its clients' wishes and checks the guarantees 1, 2, 3, 8, 9 and 11. */
export function create_soak_endpoint(violations: Violations, last_handled: LastHandled) {
  const check = violations.check.bind(violations);

  const answer = (connection: SoakConnection, to: number, more: Partial<Answer> = {}) => {
    const life = connection.context;
    const is_taken = connection.send({ answer: life.answers, to, ...more });
    if (is_taken) life.answers++;
    return is_taken;
  };

  const fulfil = async (message: FromClient, connection: SoakConnection) => {
    const { number, wish } = message;
    if (wish === 'sleep') {
      await sleep(Math.random() * 30);
      answer(connection, number);
    } else if (wish === 'stream') {
      for (let part = 1; part <= STREAM_PARTS; part++) {
        const has_more = part < STREAM_PARTS;
        if (!answer(connection, number, { has_more, padding: PART })) return;
        await connection.drained();
      }
    } else if (wish === 'flood') {
      while (answer(connection, number, { padding: PART })) await new Promise(setImmediate);
      connection.context.is_flooded = true;
    }
  };

  return define_websocket({
    on_upgrade: async ({ params }) => {
      if (Math.random() < 0.3) await sleep(Math.random() * 20);
      return new Life(String(params.id));
    },

    on_open: async (connection) => {
      const life = connection.context;
      check(life.state === 'asked', 'on_open is called again');
      life.state = 'opening';
      Life.open++;
      connection.subscribe('ticks');
      if (Math.random() < 0.3) await sleep(Math.random() * 20);
      life.state = 'open';
      answer(connection, 0);
    },

    on_message: (message: FromClient, connection) => {
      const life = connection.context;
      check(life.state === 'open', `a message is handled while the connection is ${life.state}`);
      check(!life.is_handling, 'two messages are handled at once');
      check(message.number === life.last + 1, 'a message from a client is lost or reordered');
      life.last = message.number;
      if (message.wish === 'throw') throw new Error('as it was told');
      if (message.wish === 'echo') {
        answer(connection, message.number, { padding: message.padding ?? '' });
      } else if (message.wish === 'close') {
        connection.close(4001, String(life.answers));
      } else if (message.wish === 'vanish') {
        life.vanished_at = performance.now();
      } else {
        life.is_handling = true;
        return fulfil(message, connection).finally(() => {
          life.is_handling = false;
        });
      }
    },

    on_error: (error, connection) => {
      check((error as Error).message === 'as it was told', `on_error receives: ${error}`);
      answer(connection, connection.context.last);
    },

    on_close: (code, reason, connection) => {
      const life = connection.context;
      check(life.state === 'open', `on_close is called while the connection is ${life.state}`);
      life.state = 'closed';
      Life.open--;
      check(!life.is_handling, 'on_close is called while a handler runs');
      if (code === 1012) last_handled[life.id] = life.last;
      // The reason is the number of the last message that the client has sent.
      if (code === 4000) check(Number(reason) === life.last, 'a message before a close is lost');
      if (life.is_flooded) {
        check([1012, 1013].includes(code), `a client that does not read is closed with ${code}`);
      }
      if (life.vanished_at === undefined) return;
      const silence = performance.now() - life.vanished_at;
      check(silence < MAX_SILENCE_IN_MS, 'a vanished client is noticed too late');
      check([1006, 1012].includes(code), `a vanished client is closed with ${code}`);
    },
  });
}
