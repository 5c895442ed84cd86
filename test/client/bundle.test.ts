import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

/** What is built, as a bundler takes it; `used` of it is imported. */
async function bundle(entry: string, used = '*') {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${used} from './dist/${entry}.js';`, resolveDir: '.' },
    bundle: true,
    minify: true,
    format: 'esm',
    // What is neither the browser's nor the bundle's stays an import, and is found below.
    packages: 'external',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    text: outputFiles[0]?.text ?? '',
    size: gzipSync(outputFiles[0]?.contents ?? '').length,
    imports: [...new Set(imports.map(({ path }) => path))],
  };
}

describe('the bundle', () => {
  test('of the client imports nothing: no node:, no dependency', async () => {
    const { imports, text } = await bundle('client');
    expect(imports).toEqual([]);
    expect(text).toContain('/api/_websockets');
    expect(text).not.toMatch(/node:|\brequire\(|\bBuffer\b|\bprocess\b/);
  });

  test('of the React hook imports React alone', async () => {
    const { imports, text } = await bundle('react');
    expect(imports).toEqual(['react']);
    expect(text).not.toMatch(/node:|\brequire\(|\bBuffer\b|\bprocess\b/);
  });

  test('of one function has no more than it needs', async () => {
    const [all, one] = [await bundle('client'), await bundle('client', '{ connect }')];
    expect(one.size).toBeLessThan(all.size);
  });
});
