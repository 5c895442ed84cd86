import { Redis } from 'ioredis';
import { redis_broker } from 'joystick-websockets/redis';
import { check_broker } from 'joystick-websockets/testing';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Engine } from '../support/engine.ts';
import { find_missing, REDIS } from '../support/real_part.ts';

const missing = find_missing(REDIS);

describe.skipIf(missing)('over Redis', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.redis();
    await engine.start();
  });
  afterAll(() => engine.stop());

  describe('with a client of redis', () => {
    check_broker(
      () => redis_broker({ client: createClient({ url: `redis://127.0.0.1:${engine.port}` }) }),
      {
        describe,
        it,
      },
    );
  });

  describe('with a client of ioredis', () => {
    check_broker(
      () => redis_broker({ client: new Redis(engine.port, '127.0.0.1', { lazyConnect: true }) }),
      { describe, it },
    );
  });
});
