import { setTimeout as sleep } from 'node:timers/promises';
import { UpgradeRefusal, type Websockets } from 'joystick-websockets';
import { UNREACHABLE } from '../support/hostile.ts';
import type { Violations } from './contract.ts';

/** Returns the endpoints that hostile clients reach. Each has its own weakness. */
export function create_hostile_endpoints(violations: Violations): Websockets {
  const fail = () => {
    throw new Error('it fails');
  };
  const options = { max_message_size_in_bytes: 4_096, max_queued_messages: 4 };
  const echo = (message: unknown, connection: { send(message: unknown): unknown }) => {
    connection.send(message);
  };
  return {
    echo: { on_message: echo, on_error: () => {}, options },
    patient: { on_message: () => sleep(5), on_error: () => {}, options },
    throwing: { on_open: fail, on_message: fail, on_close: fail, options },
    rejecting: {
      on_open: async () => fail(),
      on_message: async () => fail(),
      on_close: async () => fail(),
      options,
    },
    contained: { on_message: fail, on_error: () => {}, options },
    closing: { on_message: (_message, connection) => connection.close(4002), options },
    deciding: { on_upgrade: () => sleep(10), on_message: echo, on_error: () => {}, options },
    refusing: {
      on_upgrade: async () => {
        await sleep(10);
        throw new UpgradeRefusal(403, 'not you');
      },
      options,
    },
    failing: { on_upgrade: () => sleep(10).then(fail), options },
    undecided: { on_upgrade: () => new Promise<void>(() => {}), options },
    [UNREACHABLE]: {
      on_upgrade: () => violations.add('a handler of the unreachable endpoint is called'),
      options,
    },
  };
}
