import { find_proxy_config } from '../support/documentation.ts';
import { RealProxy } from '../support/proxy.ts';
import { find_missing } from '../support/real_part.ts';
import { describe_proxy, PATIENCE_IN_SECONDS } from './suite.ts';

const NGINX = {
  program: '/usr/sbin/nginx',
  args: (folder: string) => ['-p', folder, '-c', 'config', '-e', 'stderr', '-g', 'daemon off;'],
  reload_signal: 'SIGHUP',
  reloading: 'reconfiguring',
} as const;

/** A folder of its own in place of those of the system. */
const FOLDERS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path ${name};`)
  .join('\n');

describe_proxy('nginx', find_missing(NGINX.program), ({ server_port, host }) => {
  const patience = `proxy_read_timeout ${PATIENCE_IN_SECONDS}s; proxy_send_timeout ${PATIENCE_IN_SECONDS}s;`;
  return RealProxy.start(NGINX, (port) => {
    const config = find_proxy_config('nginx')
      .replace('listen 80;', `listen 127.0.0.1:${port}; ${patience}`)
      .replace('127.0.0.1:3000', `127.0.0.1:${server_port}`)
      .replace('Host $http_host;', host === undefined ? '$&' : `Host ${host};`);
    return `
      pid nginx.pid;
      error_log stderr notice;
      worker_processes 2;
      worker_shutdown_timeout ${PATIENCE_IN_SECONDS}s;
      events {}
      http { access_log off; ${FOLDERS} ${config} }
    `;
  });
});
