// For Redis. The user passes a client of redis or ioredis, so nothing here imports either.

export { type RedisBrokerOptions, redis_broker } from './brokers/redis/redis.ts';
export type { IoredisLike, NodeRedisLike } from './brokers/redis/redis_client.ts';
export type { Broker } from './core/base/ports.ts';
