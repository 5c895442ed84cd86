import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as create_https_server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount_websockets } from 'joystick-websockets';
import { check_mount, close_server } from './suite.ts';

const say_howdy: RequestListener = (_request, response) => response.end('Howdy');

check_mount({
  name: 'a bare HTTP server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const server = createServer(say_howdy);
    const mounted = mount_websockets(server, websockets);
    server.listen(0);
    await once(server, 'listening');

    return {
      server,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  },
});

check_mount({
  name: 'a bare HTTPS server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const { key, cert } = create_certificate();
    const server = create_https_server({ key, cert }, say_howdy);
    const mounted = mount_websockets(server, websockets);
    server.listen(0);
    await once(server, 'listening');

    return {
      server,
      ca: cert,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  },
});

/** A certificate for `localhost` that only itself vouches for. */
function create_certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    const key = join(folder, 'key.pem');
    const cert = join(folder, 'cert.pem');
    const request = 'req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 1';
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...request.split(' '), ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
