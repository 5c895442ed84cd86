import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { follow_first_minute } from './first_minute/first_minute.ts';
import { pack_into } from './support/pack.ts';

test('the first minute of the README leads from an empty folder to the first message', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-tarball-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const steps = await follow_first_minute({
    language: 'JavaScript',
    manager: 'npm',
    node: Number.parseInt(process.versions.node, 10),
    programs: [],
    tarball: pack_into(folder),
  });
  expect(steps.map(({ line }) => line)).toEqual([
    'npm init -y',
    'npm pkg set type=module',
    'npm install joystick-websockets',
    'node server.js',
    expect.stringMatching(/^node .*client\.js$/),
  ]);
}, 60_000);
