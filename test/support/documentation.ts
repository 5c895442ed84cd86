import { readdirSync, readFileSync } from 'node:fs';

/** Every page of the documentation that users read: its text by its path. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].map((path) => [
    path,
    readFileSync(path, 'utf8'),
  ]),
);

/** A code block of a page. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

export const BLOCKS: readonly Block[] = [...PAGES].flatMap(([page, text]) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    page,
    language,
    code,
  })),
);

/** Returns the only code block that contains `part`. */
export function find_block(part: string): Block {
  return find_only_block(part, ({ code }) => code.includes(part));
}

/** Returns the settings that the documentation gives for a proxy, for example `nginx`. */
export function find_proxy_config(proxy: string): string {
  return find_only_block(proxy, ({ language }) => language === proxy).code;
}

function find_only_block(name: string, matches: (block: Block) => boolean): Block {
  const [found, ...others] = BLOCKS.filter(matches);
  if (found === undefined || others.length > 0) {
    throw new Error(`${found === undefined ? 'no' : others.length + 1} code blocks match ${name}`);
  }
  return found;
}

/** A heading, with the text below it up to the next heading of the same or a higher level. */
export interface Section {
  readonly level: number;
  readonly heading: string;
  readonly text: string;
}

/** Returns the sections of a Markdown text. A line of a code block is never a heading. */
export function list_sections(markdown: string): Section[] {
  const lines = markdown.split('\n');
  let is_code = false;
  const headings = lines.flatMap((line, index) => {
    if (line.startsWith('```')) is_code = !is_code;
    const [, marks = '', heading = ''] = (!is_code && /^(#+) (.*)$/.exec(line)) || [];
    return marks === '' ? [] : [{ index, level: marks.length, heading }];
  });
  return headings.map(({ index, level, heading }) => {
    const end = headings.find((other) => other.index > index && other.level <= level)?.index;
    return { level, heading, text: lines.slice(index + 1, end).join('\n') };
  });
}

/** Returns the text of the section of a page that has this heading. */
export function find_section(page: string, heading: string): string {
  const found = list_sections(PAGES.get(page) ?? '').find((section) => section.heading === heading);
  if (found === undefined) throw new Error(`${page} has no section "${heading}"`);
  return found.text;
}
