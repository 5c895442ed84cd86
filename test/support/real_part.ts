import { existsSync } from 'node:fs';

/** The programs that tests start for real: the Debian package of each, and where it installs the program. */
export const REAL_PARTS = {
  chromium: '/usr/bin/chromium',
  'redis-server': '/usr/bin/redis-server',
  'nats-server': '/usr/sbin/nats-server',
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
} as const;

export const CHROMIUM = REAL_PARTS.chromium;
export const REDIS = REAL_PARTS['redis-server'];
export const NATS = REAL_PARTS['nats-server'];
export const NGINX = REAL_PARTS.nginx;
export const HAPROXY = REAL_PARTS.haproxy;

/** The Debian packages that are not installed yet. */
export function missing_packages(): string[] {
  return Object.entries(REAL_PARTS)
    .filter(([, program]) => !existsSync(program))
    .map(([name]) => name);
}

/** Why the tests with a program are skipped, if they are. With `CI=true` they fail instead. */
export function find_missing(program: string): string | undefined {
  if (existsSync(program)) return undefined;
  const reason = `${program} is not installed`;
  if (process.env.CI === 'true') throw new Error(`${reason}; npm run setup installs it`);
  console.log(`Skipped, as ${reason}: the tests with it.`);
  return reason;
}
