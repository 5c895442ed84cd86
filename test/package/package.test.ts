import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
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
