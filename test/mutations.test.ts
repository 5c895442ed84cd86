import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformWithEsbuild } from 'vite';
import { expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript, as the script that runs it.
import { mutations } from './mutations/mutations.mjs';

// That each is caught is for `npm run mutations`, which takes minutes.
test('every mutation finds its text once in the core, and what it makes of it parses', async () => {
  const inapplicable: string[] = [];
  for (const { name, file, find, replace } of mutations) {
    const source = readFileSync(join('src/core', file), 'utf8');
    const mutated = source.replace(find, () => replace);
    const is_applicable = source.split(find).length === 2 && mutated !== source;
    // As it will be loaded.
    const parses = transformWithEsbuild(mutated, file).then(
      () => true,
      () => false,
    );
    if (!is_applicable || !(await parses)) inapplicable.push(name);
  }
  expect(inapplicable).toEqual([]);
});

test('there are many mutations, and no two share a name', () => {
  const names = new Set(mutations.map(({ name }: { name: string }) => name));
  expect(names.size).toBe(mutations.length);
  expect(names.size).toBeGreaterThanOrEqual(40);
});
