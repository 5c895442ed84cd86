import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/**
 * Loads another copy of the built package, as if a bundler had put it into a route. The copy is a separate module. It shares no
 * code and no variables with the sources that a test imports.
 *
 * @param edit changes the copy into another version.
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
  // In a folder of the package, so that its dependencies are found.
  mkdirSync('.cache', { recursive: true });
  const folder = mkdtempSync('.cache/copy-');
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = resolve(join(folder, 'index.mjs'));
  writeFileSync(file, edit(outputFiles[0]?.text ?? ''));
  return import(file);
}
