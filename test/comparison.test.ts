import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { find_section, list_sections } from './support/documentation.ts';

/** The measures that the page compares, by their headings in bench/RESULTS.md. */
const MEASURES = [
  'Echo',
  'Fan-out',
  'Fan-out in bursts',
  'Memory of an idle connection',
  'Upgrades',
];

/** The cells of the rows of a Markdown table, without emphasis. */
const read_rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .replaceAll('*', '')
        .split(/ *\| */)
        .slice(1, -1),
    );

const results = list_sections(readFileSync('bench/RESULTS.md', 'utf8'));

test('the comparison has the figures of the last benchmark', () => {
  const ratios = MEASURES.map((measure) => {
    const { text = '' } = results.find(({ heading }) => heading === measure) ?? {};
    return new Map(read_rows(text).map(([server, , ratio]) => [server, ratio]));
  });
  const [header, ...rows] = read_rows(find_section('docs/comparison.md', 'Speed and memory'));
  expect(header?.length).toBe(1 + MEASURES.length);
  expect(rows.length).toBeGreaterThan(6);
  for (const [server = '', ...figures] of rows) {
    expect([server, ...figures]).toEqual([server, ...ratios.map((found) => found.get(server))]);
  }
});
