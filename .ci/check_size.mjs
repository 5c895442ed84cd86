// What the client adds to a page: each entry as a bundler takes it, minified and compressed, within its budget.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** In bytes; React is the page's own. */
const BUDGETS = { client: 4600, react: 6000 };

for (const [entry, budget] of Object.entries(BUDGETS)) {
  const { outputFiles } = await build({
    entryPoints: [`dist/${entry}.js`],
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['react'],
    write: false,
    logLevel: 'error',
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`joystick-websockets/${entry}: ${size} of ${budget} bytes, min+gzip`);
  if (size > budget) process.exitCode = 1;
}
