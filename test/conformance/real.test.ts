import { describe } from 'vitest';
import { Client } from '../support/client.ts';
import { serve } from '../support/server.ts';
import { check_connection } from './connection.ts';

describe('a connection over a real server', () => {
  check_connection(async (definition, broker) => {
    const { url, mounted, logger } = await serve({ tested: definition }, { broker });
    const handle = mounted.endpoint('tested');
    return {
      connect: (query = '', request = {}) => Client.connect(`${url}/tested${query}`, request),
      logged: logger.entries,
      send: (...message) => handle.send(...message),
      publish: (topic, message) => handle.publish(topic, message),
      close_all: (code, reason) => handle.close_all(code, reason),
      get connections() {
        return handle.connections;
      },
      close: (grace_in_seconds = 5, drain_in_seconds = 0) =>
        mounted.close({ grace_in_seconds, drain_in_seconds }),
    };
  });
});
