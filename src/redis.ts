// For Redis, with a client of the user's own: redis and ioredis are optional, and nothing here imports them.

export { type RedisBrokerOptions, redis_broker } from './brokers/redis/redis.ts';
export type { IoredisLike, NodeRedisLike } from './brokers/redis/redis_client.ts';
export type { Broker } from './core/base/ports.ts';
