import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { run_node } from '../support/process.ts';

/** Runs a script in a process that takes itself for another runtime, and prints an error that it rejects with. */
async function run_as(versions: Record<string, string>, script: string): Promise<string> {
  const { exited } = run_node([
    '--input-type=module',
    '-e',
    `Object.defineProperty(process, 'versions', {
      value: { ...process.versions, ...${JSON.stringify(versions)} },
    });
    const run = async () => { ${script} };
    await run().catch(({ code, message }) => console.log(code + ': ' + message));`,
  ]);
  return (await exited).output.trim();
}

describe('on Node 18', () => {
  const NODE_18 = { node: '18.20.8' };
  const TOO_OLD =
    'unsupported_runtime: joystick-websockets needs Node 20.19 or newer; this is Node 18.20.8';
  // Below the package, so that a bundle finds its dependencies.
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync('.cache/runtime-');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('an import of the package fails with one clear error', async () => {
    expect(await run_as(NODE_18, "await import('./dist/index.js')")).toBe(TOO_OLD);
  });

  test('so does a bundled server', async () => {
    const outfile = join(folder, 'server.mjs');
    await build({
      stdin: { contents: "export { app } from './dist/index.js'", resolveDir: '.' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      outfile,
      logLevel: 'error',
    });
    expect(await run_as(NODE_18, `await import('./${outfile}')`)).toBe(TOO_OLD);
  });

  test('entries that serve nothing load', async () => {
    const output = await run_as(
      NODE_18,
      `for (const entry of ['client', 'define', 'testing']) await import('./dist/' + entry + '.js');
      console.log('loaded');`,
    );
    expect(output).toBe('loaded');
  });
});

describe('under Bun', () => {
  const BUN = { bun: '1.4.5' };
  const NO_BUN =
    'unsupported_runtime: joystick-websockets cannot serve under Bun yet; this is Bun 1.4.5. ' +
    'Start the server with Node 20.19 or newer';

  test('a mount fails with one clear error, and hooks into nothing', async () => {
    const output = await run_as(
      BUN,
      `const { mount_websockets } = await import('./dist/index.js');
      const { createServer } = await import('node:http');
      const server = createServer();
      try { mount_websockets(server, {}); } finally { console.log(server.listenerCount('upgrade')); }`,
    );
    expect(output).toBe(`0\n${NO_BUN}`);
  });

  test('so does app(), and nothing is left running', async () => {
    const output = await run_as(
      BUN,
      "const { app } = await import('./dist/index.js'); await app({ port: 0 })",
    );
    expect(output).toBe(NO_BUN);
  });

  test('a test endpoint works', async () => {
    const output = await run_as(
      BUN,
      `const { create_test_endpoint } = await import('./dist/testing.js');
      const endpoint = create_test_endpoint({ on_open: (connection) => connection.send('hello') });
      const client = await endpoint.connect();
      console.log(await client.next_message());
      await endpoint.close();`,
    );
    expect(output).toBe('hello');
  });
});
