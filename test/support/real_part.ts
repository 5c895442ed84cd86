import { existsSync } from 'node:fs';

export const REDIS = '/usr/bin/redis-server';
export const NATS = '/usr/sbin/nats-server';
export const HAPROXY = '/usr/sbin/haproxy';
export const NGINX = '/usr/sbin/nginx';
export const CHROMIUM = '/usr/bin/chromium';

/** Why the tests with a program are skipped, if they are. With `CI=true` they fail instead. */
export function find_missing(program: string): string | undefined {
  if (existsSync(program)) return undefined;
  const reason = `${program} is not installed`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.log(`Skipped, as ${reason}: the tests with it.`);
  return reason;
}
