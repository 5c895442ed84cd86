import { WebsocketsError } from '../../core/base/errors.ts';
import { describe } from '../../core/base/problems.ts';
import { create_ioredis_link } from './ioredis_link.ts';
import { create_node_redis_link } from './node_redis_link.ts';
import type { CreateRedisLink } from './redis_link.ts';

/** The part of a client of `redis` (`createClient`, version 5 or later) that the broker uses. */
export interface NodeRedisLike {
  readonly isReady: boolean;
  readonly options?: unknown;
  duplicate(options?: any): any;
}

/** The part of a client of `ioredis` (`new Redis`, version 5 or later) that the broker uses. */
export interface IoredisLike {
  readonly status: string;
  duplicate(options?: any): any;
}

/** @throws {WebsocketsError} `bad_argument`, if the client is not one of these. */
export function read_redis_client(client: unknown): CreateRedisLink {
  if (typeof client === 'object' && client !== null && can_duplicate(client)) {
    // A cluster client is duplicated with other arguments, and its publishes go through every node.
    if ('isReady' in client && !('masters' in client)) {
      return (owner) => create_node_redis_link(client, owner);
    }
    if ('status' in client && !('isCluster' in client && client.isCluster)) {
      return (owner) => create_ioredis_link(client, owner);
    }
  }
  throw new WebsocketsError(
    'bad_argument',
    'the client of redis_broker must be a createClient() of redis or a new Redis() of ioredis; ' +
      `got ${describe(client)}. For a Redis cluster, pass a client of one of its nodes`,
    { argument: 'client' },
  );
}

function can_duplicate(client: object): client is { duplicate(options: object): any } {
  return 'duplicate' in client && typeof client.duplicate === 'function';
}
