import { connect } from '@nats-io/transport-node';
import type { Broker } from 'joystick-websockets';
import { nats_broker } from 'joystick-websockets/nats';
import { redis_broker } from 'joystick-websockets/redis';
import { createClient } from 'redis';
import { Engine } from '../../test/support/engine.ts';

export type EngineName = 'redis' | 'nats';

export function create_engine(name: EngineName): Promise<Engine> {
  return name === 'redis' ? Engine.redis() : Engine.nats();
}

export async function create_broker(name: EngineName, port: number): Promise<Broker> {
  if (name === 'redis') {
    return redis_broker({ client: createClient({ socket: { host: '127.0.0.1', port } }) });
  }
  const connection = await connect({
    servers: `127.0.0.1:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
  });
  return nats_broker({ connection });
}
