import { existsSync } from 'node:fs';

/** The real programs that tests start, with the Debian package and the path of each. */
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

/** Returns the Debian packages that are not installed yet. */
export function missing_packages(): string[] {
  return Object.entries(REAL_PARTS)
    .filter(([, program]) => !existsSync(program))
    .map(([name]) => name);
}

/** Returns the reason why the tests with a program are skipped, or `undefined`. With `CI=true`, they fail instead. */
export function find_missing(program: string): string | undefined {
  if (existsSync(program)) return undefined;
  const reason = `${program} is not installed`;
  if (process.env.CI === 'true') throw new Error(`${reason}; npm run setup installs it`);
  console.log(`Tests skipped: ${reason}.`);
  return reason;
}
