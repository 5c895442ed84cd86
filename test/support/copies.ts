import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/**
 * Another copy of what is built, as bundlers put one into each route: a module of its own that shares no code and no
 * variable with the sources that a test imports.
 *
 * @param edit makes another version of it.
 */
export async function load_copy(
  edit: (source: string) => string = (source) => source,
): Promise<typeof import('joystick-websockets')> {
  const { outputFiles } = await build({
    entryPoints: ['dist/index.js'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    logLevel: 'error',
  });
  // Below the package, so that its dependencies are found.
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync('.cache/copy-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = resolve(join(folder, 'index.mjs'));
  writeFileSync(file, edit(outputFiles[0]?.text ?? ''));
  return import(file);
}
