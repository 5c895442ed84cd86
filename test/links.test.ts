import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { list_sections } from './support/documentation.ts';

const PAGES = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  {
    encoding: 'utf8',
  },
)
  .trim()
  .split('\n')
  .filter((page) => existsSync(page));

/** The anchors that GitHub and npm give to the headings of a page. */
function list_anchors(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const { heading } of list_sections(readFileSync(page, 'utf8'))) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
      .replaceAll(' ', '-');
    let suffix = '';
    for (let count = 1; anchors.has(anchor + suffix); count++) suffix = `-${count}`;
    anchors.add(anchor + suffix);
  }
  return anchors;
}

/** The links of a page that lead to a file or a heading. Code is left out. */
function list_links(page: string): string[] {
  const prose = readFileSync(page, 'utf8')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const dead = list_links(page).filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !(statSync(file).isFile() && list_anchors(file).has(anchor));
  });
  expect(dead).toEqual([]);
});

test('the README has at most 200 lines', () => {
  expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});
