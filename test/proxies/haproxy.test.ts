import { find_proxy_config } from '../support/documentation.ts';
import { RealProxy } from '../support/proxy.ts';
import { find_missing } from '../support/real_part.ts';
import { describe_proxy, PATIENCE_IN_SECONDS } from './suite.ts';

const HAPROXY = {
  program: '/usr/sbin/haproxy',
  args: (folder: string) => ['-W', '-db', '-f', `${folder}/config`],
  reload_signal: 'SIGUSR2',
  reloading: 'Reloading HAProxy',
} as const;

describe_proxy('HAProxy', find_missing(HAPROXY.program), ({ server_port, host }) =>
  RealProxy.start(HAPROXY, (port) => {
    const renamed = host === undefined ? '' : `http-request set-header Host ${host}`;
    const config = find_proxy_config('haproxy')
      .replace('bind :80', `bind 127.0.0.1:${port}`)
      .replace('default_backend', `${renamed}\n  default_backend`)
      .replace('127.0.0.1:3000', `127.0.0.1:${server_port}`)
      .replace(/timeout tunnel \S+/, `timeout tunnel ${PATIENCE_IN_SECONDS}s`);
    return `global\n  hard-stop-after ${PATIENCE_IN_SECONDS}s\n\n${config}`;
  }),
);
