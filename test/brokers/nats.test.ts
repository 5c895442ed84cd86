import { connect, type NatsConnection } from '@nats-io/transport-node';
import { nats_broker } from 'joystick-websockets/nats';
import { check_broker } from 'joystick-websockets/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Engine } from '../support/engine.ts';
import { find_missing, NATS } from '../support/real_part.ts';

const missing = find_missing(NATS);

describe.skipIf(missing)('over NATS', () => {
  let engine: Engine;
  const connections: NatsConnection[] = [];
  beforeAll(async () => {
    engine = await Engine.nats();
    await engine.start();
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await engine.stop();
  });

  check_broker(
    async () => {
      const connection = await connect({ servers: `127.0.0.1:${engine.port}` });
      connections.push(connection);
      return nats_broker({ connection });
    },
    { describe, it },
  );
});
