import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { list_sections, PAGES } from './support/documentation.ts';

const PAGE = 'docs/GUARANTEES.md';

interface Guarantee {
  readonly number: number;
  readonly title: string;
  /** The test files that its section links. */
  readonly tests: readonly string[];
}

const GUARANTEES = list_sections(PAGES.get(PAGE) ?? '').flatMap(
  ({ heading, text }): Guarantee[] => {
    const [title, number] = /^(\d+)\. .*$/.exec(heading) ?? [];
    if (title === undefined) return [];
    const links = text.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g);
    return [{ number: Number(number), title, tests: Array.from(links, ([, file = '']) => file) }];
  },
);

const TEST_FILES = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('test', file));

/** The numbers at the beginning of the titles in a file: `3: …`, or `12, 13: …`. */
function list_numbers(file: string): Set<number> {
  const titles = readFileSync(file, 'utf8').matchAll(
    /\b(?:test|describe)\b[^\n]*?\(\s*['"`]((?:\d+, )*\d+): /g,
  );
  return new Set(Array.from(titles, ([, numbers = '']) => numbers.split(', ').map(Number)).flat());
}

test('the page lists the guarantees 1 to 14, in order', () => {
  const numbers = GUARANTEES.map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
});

test.each(GUARANTEES)('the section "$title" links tests that bear its number', (guarantee) => {
  const { number, tests } = guarantee;
  expect(tests).not.toEqual([]);
  const wrong = tests.filter((file) => !existsSync(file) || !list_numbers(file).has(number));
  expect(wrong).toEqual([]);
});

test.each(GUARANTEES)('the section "$title" links every file with such a test', (guarantee) => {
  const { number, tests } = guarantee;
  const with_tests = TEST_FILES.filter((file) => list_numbers(file).has(number));
  expect([...tests].sort()).toEqual(with_tests.sort());
});

test('a title bears only numbers of guarantees', () => {
  const known = new Set(GUARANTEES.map(({ number }) => number));
  const wrong = TEST_FILES.flatMap((file) =>
    [...list_numbers(file)]
      .filter((number) => !known.has(number))
      .map((number) => `${file} ${number}`),
  );
  expect(wrong).toEqual([]);
});
