import { create_test_endpoint } from 'joystick-websockets/testing';
import { describe } from 'vitest';
import { parse_query } from '../../src/core/mount/gate.ts';
import { create_recording_logger } from '../support/server.ts';
import { check_connection } from './connection.ts';

describe('a connection over a test endpoint', () => {
  check_connection(async (definition, broker) => {
    const logger = create_recording_logger();
    const endpoint = create_test_endpoint(definition, { name: 'tested', broker, logger });
    return {
      async connect(query = '', request = {}) {
        const client = await endpoint.connect({ params: parse_query(query), ...request });
        let read = 0;
        const next_raw = async () => {
          await client.next_message();
          return client.received_raw[read++] as string | Uint8Array;
        };
        const next_text = async () => String(Buffer.from((await next_raw()) as never));
        return {
          send: (message) => {
            const is_raw = typeof message === 'string' || message instanceof Uint8Array;
            if (is_raw) client.send_raw(message);
            else client.send(message);
          },
          next_message: async () => JSON.parse(await next_text()),
          next_text,
          next_raw,
          get received() {
            return client.received_raw.map(String);
          },
          close: (code = 1005, reason) => client.close(code, reason),
          reset: () => client.reset(),
          pause: () => client.pause(),
          resume: () => client.resume(),
          closed: client.closed,
        };
      },
      logged: logger.entries,
      send: (...message) => endpoint.send(...message),
      publish: (topic, message) => endpoint.publish(topic, message),
      close_all: (code, reason) => endpoint.close_all(code, reason),
      get connections() {
        return endpoint.connections;
      },
      // A failure that the test does not look at is for `logged` to show.
      close: (grace_in_seconds = 5, drain_in_seconds = 0) =>
        endpoint.close({ grace_in_seconds, drain_in_seconds }).catch(() => {}),
    };
  });
});
