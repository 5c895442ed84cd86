import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { create_user_folder } from '../support/packed.ts';
import { find_free_port, run_node } from '../support/process.ts';

const folder = create_user_folder();

// Word for word from the framework's documentation, but for the package's name and `routes`.
const DOCUMENTED_EXAMPLE = `import joystick from 'joystick-websockets';

joystick.app({
  websockets: {
    example_endpoint: {
      on_open: (connection = {}) => {
        // Handle connection open event...
      },
      on_message: (message = {}, connection = {}) => {
        // Handle an inbound client message...
      },
      on_close: (code = 0, reason = '', connection = {}) => {
        // Handle a client close event...
      },
    },
  },
  routes: { '/': (req, res) => res.send('Howdy') },
});
`;

describe('an empty folder with the tarball installed', () => {
  test('serves the documented example', async () => {
    writeFileSync(join(folder, 'index.server.mjs'), DOCUMENTED_EXAMPLE);
    const port = await find_free_port();
    const { child, exited } = run_node(['index.server.mjs'], {
      cwd: folder,
      env: { PORT: String(port) },
    });
    const url = `ws://localhost:${port}/api/_websockets/example_endpoint`;
    const client = await vi.waitFor(() => Client.connect(url), { timeout: 10_000 });
    client.send({ text: 'hello' });
    expect(await (await fetch(`http://localhost:${port}`)).text()).toBe('Howdy');
    expect((await client.close(1000)).code).toBe(1000);
    child.kill('SIGTERM');
    expect(await exited).toMatchObject({ signal: 'SIGTERM', output: '' });
  });

  test('can be required, where Node requires ESM', async () => {
    const { exited } = run_node(
      ['--no-warnings', '-p', 'Object.keys(require("joystick-websockets")).join()'],
      { cwd: folder },
    );
    const { code, output } = await exited;
    expect(output.trim().split(',').sort()).toEqual([
      'CLOSE_CODES',
      'UpgradeRefusal',
      'WebsocketsError',
      '__esModule',
      'app',
      'default',
      'define_websocket',
      'mount_websockets',
      'parse_websockets',
      'websockets',
    ]);
    expect(code).toBe(0);
  });

  test('holds each source once: no source maps, which would repeat it', () => {
    const dist = join(folder, 'node_modules/joystick-websockets/dist');
    const files = readdirSync(dist);
    expect(files.filter((file) => !/\.(js|d\.ts)$/.test(file))).toEqual([]);
    const named = files.filter((file) =>
      readFileSync(join(dist, file), 'utf8').includes('# source'),
    );
    expect(named).toEqual([]);
  });

  test('runs a test with joystick-websockets/testing, which does not load ws', async () => {
    const script = `
      import { create_mock_connection, create_test_endpoint } from 'joystick-websockets/testing';
      import { createRequire } from 'node:module';
      const endpoint = create_test_endpoint({
        on_message: (message, connection) => connection.send(message),
      }, { name: 'echo' });
      const client = await endpoint.connect();
      client.send({ text: 'hello' });
      console.log(await client.next_message());
      const connection = create_mock_connection({ endpoint: 'echo' });
      const { cache } = createRequire(import.meta.url);
      const is_ws_loaded = () => Object.keys(cache).some((file) => file.includes('/ws/'));
      console.log(is_ws_loaded());
      const { websockets } = await import('joystick-websockets');
      console.log(is_ws_loaded());
      websockets('echo').send('both');
      console.log(await client.next_message(), connection.sent);
      await endpoint.close();`;
    const { exited } = run_node(['--input-type=module', '-e', script], { cwd: folder });
    const { code, output } = await exited;
    const printed = ["{ text: 'hello' }", 'false', 'true', "both [ 'both' ]"];
    expect(output.trim().split('\n')).toEqual(printed);
    expect(code).toBe(0);
  });

  test('has brokers that load where no client of an engine is installed', async () => {
    const script = `
      const { cluster_broker } = await import('joystick-websockets/cluster');
      const { redis_broker } = await import('joystick-websockets/redis');
      const { nats_broker } = await import('joystick-websockets/nats');
      console.log(typeof cluster_broker().start, redis_broker.name, nats_broker.name);
      await import('redis').catch(({ code }) => console.log(code));`;
    const { exited } = run_node(['--input-type=module', '-e', script], { cwd: folder });
    expect((await exited).output.trim().split('\n')).toEqual([
      'function redis_broker nats_broker',
      'ERR_MODULE_NOT_FOUND',
    ]);
  });

  test('asks for prom-client only where metrics are exported', async () => {
    const script = "await import('joystick-websockets/prometheus')";
    const { exited } = run_node(['--input-type=module', '-e', script], { cwd: folder });
    const { code, output } = await exited;
    expect(output).toContain("Cannot find package 'prom-client'");
    expect(code).toBe(1);
  });

  test('does not load Express where it is only mounted', async () => {
    const script = `
      import { createServer } from 'node:http';
      import { mount_websockets } from 'joystick-websockets';
      mount_websockets(createServer(), {});
      const { createRequire } = await import('node:module');
      const require = createRequire(import.meta.url);
      console.log(Object.keys(require.cache).some((file) => file.includes('/express/')));`;
    const { exited } = run_node(['--input-type=module', '-e', script], { cwd: folder });
    expect((await exited).output.trim()).toBe('false');
  });
});

test('npm ci has no package that the running Node is too old for', async () => {
  const project = mkdtempSync(join(tmpdir(), 'joystick-websockets-lock-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(file, join(project, file));
  const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--loglevel=warn'];
  const { stdout, stderr } = await promisify(execFile)('npm', args, { cwd: project });
  expect(stdout).toContain('added');
  expect(stderr).not.toContain('EBADENGINE');
});
