import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import typescript from 'typescript';
import { expect, test } from 'vitest';

const FOLDERS = ['core', 'node', 'brokers', 'client', 'metrics', 'testing'];

interface Import {
  from: string;
  /** A path below `src`, or the specifier of a package. */
  to: string;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
);

const imports = files.flatMap((file): Import[] =>
  typescript
    .preProcessFile(readFileSync(join('src', file), 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => ({
      from: file,
      to: fileName.startsWith('.') ? normalize(join(dirname(file), fileName)) : fileName,
    })),
);

const folder_of = (file: string) => FOLDERS.find((folder) => file.startsWith(`${folder}/`));
const is_ours = ({ to }: Import) => files.includes(to);
const describe_import = ({ from, to }: Import) => `${from} imports ${to}`;

test('there is something to hold', () => {
  expect(imports.filter(is_ours).length).toBeGreaterThan(20);
});

test('core imports only core, and of packages only what knows no platform', () => {
  const allowed = ['leven', 'proxy-addr', '@standard-schema/spec'];
  const wrong = imports.filter(
    ({ from, to }) =>
      folder_of(from) === 'core' && folder_of(to) !== 'core' && !allowed.includes(to),
  );
  expect(wrong.map(describe_import)).toEqual([]);
});

test('folders import core and never each other, but for the memory broker', () => {
  const wrong = imports.filter((each) => {
    const [from, to] = [folder_of(each.from), folder_of(each.to)];
    if (from === undefined || !is_ours(each) || to === from || to === 'core') return false;
    const may_use_memory = each.from === 'node/mount.ts' || from === 'testing';
    return !(may_use_memory && each.to === 'brokers/memory.ts');
  });
  expect(wrong.map(describe_import)).toEqual([]);
});

test('only node/ imports ws', () => {
  const wrong = imports.filter(({ from, to }) => to === 'ws' && folder_of(from) !== 'node');
  expect(wrong.map(describe_import)).toEqual([]);
});

test('no engine’s client is imported: users pass theirs', () => {
  const wrong = imports.filter(({ to }) => /^(redis|ioredis|@redis\/|@nats-io\/)/.test(to));
  expect(wrong.map(describe_import)).toEqual([]);
});

test('only metrics/ imports prom-client', () => {
  const wrong = imports.filter(
    ({ from, to }) => to === 'prom-client' && folder_of(from) !== 'metrics',
  );
  expect(wrong.map(describe_import)).toEqual([]);
});

test('what is optional is imported by an entry of its own alone', () => {
  const reach = (file: string, reached = new Set<string>()): Set<string> => {
    if (!reached.has(file)) {
      reached.add(file);
      for (const { to } of imports.filter(({ from }) => from === file)) reach(to, reached);
    }
    return reached;
  };
  const entries = files.filter((file) => !file.includes('/') || file.endsWith('/index.ts'));
  expect(entries.filter((entry) => reach(entry).has('prom-client'))).toEqual(['prometheus.ts']);
});

test('core uses no global timer, clock or process', () => {
  const forbidden =
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask|Date\.now|performance|process)\b/;
  const wrong = files.filter((file) => {
    if (folder_of(file) !== 'core') return false;
    const source = readFileSync(join('src', file), 'utf8');
    return forbidden.test(source.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^']*'|`[^`]*`/g, ''));
  });
  expect(wrong).toEqual([]);
});

test('there are no circles', () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) {
      circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const each of imports) {
      if (each.from === file && is_ours(each)) visit(each.to, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('entries only re-export', () => {
  for (const entry of [
    'index.ts',
    'define.ts',
    'client.ts',
    'react.ts',
    'prometheus.ts',
    'testing/index.ts',
  ]) {
    expect(files).toContain(entry);
    const source = readFileSync(join('src', entry), 'utf8');
    expect(source).not.toMatch(/^(export )?(async )?(function|const|let|class) /m);
  }
});
