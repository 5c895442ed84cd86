import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, posix } from 'node:path';
import typescript from 'typescript';
import { expect, test } from 'vitest';

const SCHEMAS = '@standard-schema/spec';

/** The folders of `src/core`, in the order of the flow. Each imports itself, the folders above it, and its packages. */
const CORE: Record<string, string[]> = {
  base: [SCHEMAS, 'leven'],
  declare: [SCHEMAS],
  wire: [],
  admit: ['proxy-addr'],
  options: [SCHEMAS],
  send: [SCHEMAS],
  observe: [],
  receive: [SCHEMAS],
  connection: [],
  endpoint: [],
  mount: [],
};

/**
 * Everything that the other folders and the entries may import, besides themselves: folders, entries and packages.
 * What is not used is an error, too.
 */
const OTHERS: Record<string, string[]> = {
  app: [
    ...core('base', 'declare', 'admit', 'options', 'endpoint', 'mount'),
    'node',
    ...['express', 'node:events', 'node:http', 'node:https', 'node:net', 'node:os'],
  ],

  node: [
    ...core('base', 'declare', 'options', 'endpoint', 'mount'),
    ...['node/process', 'node/upgrade', 'node:buffer'],
  ],
  'node/process': [...core('base'), 'node:diagnostics_channel'],
  'node/socket': [...core('base', 'wire'), 'node:stream', 'ws'],
  'node/upgrade': [
    ...core('base', 'declare', 'admit', 'endpoint', 'mount'),
    ...['node/process', 'node/socket'],
    ...['node:events', 'node:http', 'node:net', 'node:stream', 'node:tls', 'ws'],
  ],

  brokers: [...core('base', 'connection'), 'node:crypto'],
  'brokers/cluster': [...core('base', 'connection'), 'brokers', 'node:cluster'],
  // No client of Redis or NATS: users pass theirs.
  'brokers/redis': [...core('base'), 'brokers'],

  // Every byte of core that runs in the client is downloaded by each page: types cost none.
  'client/base': [...core('base', 'declare'), SCHEMAS],
  'client/options': [...core('wire'), 'client/base'],
  client: [...core('base'), 'client/base', 'client/options'],
  'client/bindings': ['client/base', 'client/options', 'client', 'react'],

  testing: [
    ...core('base', 'declare', 'wire', 'admit', 'options', 'connection', 'endpoint', 'mount'),
    'testing/memory',
  ],
  'testing/memory': [...core('base', 'wire', 'mount'), 'node:buffer', 'node:timers'],
  'testing/brokers': [...core('base', 'wire', 'endpoint'), 'testing'],

  metrics: [...core('base', 'observe', 'endpoint', 'mount'), 'prom-client'],

  'index.ts': [
    ...core('base', 'declare', 'admit', 'options', 'observe', 'endpoint', 'mount'),
    ...['app', 'node', 'node/upgrade', 'define.ts'],
  ],
  'define.ts': core('base', 'declare'),
  'client.ts': [...core('declare'), 'client/base', 'client/options', 'client'],
  'react.ts': ['client/bindings', 'client.ts'],
  'cluster.ts': [...core('base'), 'brokers/cluster'],
  'redis.ts': [...core('base'), 'brokers/redis'],
  'nats.ts': [...core('base'), 'brokers'],
  'prometheus.ts': ['metrics'],
  'testing.ts': [...core('base'), 'brokers', 'testing', 'testing/brokers'],
};

/** Every global name that core may use and that ECMAScript does not define, with the reason. */
const PLATFORM_GLOBALS: Record<string, { reason: string; only_in?: string }> = {
  AbortController: { reason: 'tells on_upgrade that its client has gone' },
  AbortSignal: { reason: 'the type of that signal' },
  Buffer: { reason: 'bytes on the wire: Uint8Array has neither concat nor UTF-8' },
  console: { reason: 'the default logger', only_in: 'options/mount_option.ts' },
  crypto: { reason: 'random identifiers' },
  DOMException: { reason: 'the reason of an AbortSignal that timed out' },
  globalThis: {
    reason: 'copies of the package in one process share their endpoints',
    only_in: 'endpoint/process_registry.ts',
  },
  URL: { reason: 'parses origins' },
  URLSearchParams: { reason: 'parses queries' },
};

/** The names of ECMAScript and TypeScript that core may use. `Date` is a clock: it is not among them. */
const LANGUAGE_GLOBALS = new Set(
  `Array ArrayBuffer Awaited Boolean Error Exclude Extract Infinity Iterable JSON Lowercase Map Math NaN NonNullable
   Number Object Omit Parameters Partial Pick Promise PromiseLike RangeError Readonly ReadonlyArray ReadonlyMap
   ReadonlySet Record Reflect RegExp Required ReturnType Set SharedArrayBuffer String Symbol TypeError Uint8Array
   WeakMap WeakSet undefined`.split(/\s+/),
);

const MAX_FILES = 12;
const MAX_LINES = 900;

interface Import {
  /** A path below `src`. */
  from: string;
  /** A path below `src`, or the specifier of a package. */
  to: string;
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file));

const imports = files.flatMap((file): Import[] =>
  typescript.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => ({
    from: file,
    to: fileName.startsWith('.') ? normalize(join(dirname(file), fileName)) : fileName,
  })),
);

const globals = find_globals();

const entries = files.filter((file) => !file.includes('/'));

const MAY_IMPORT: Record<string, string[]> = {
  ...Object.fromEntries(
    Object.entries(CORE).map(([stage, packages], index, all) => [
      `core/${stage}`,
      [...core(...all.slice(0, index).map(([above]) => above)), ...packages],
    ]),
  ),
  ...OTHERS,
};

function core(...stages: string[]): string[] {
  return stages.map((stage) => `core/${stage}`);
}

function read(file: string): string {
  return readFileSync(join('src', file), 'utf8');
}

/** The row of {@link MAY_IMPORT} that a file falls under: that of its folder; an entry has a row of its own. */
function place_of(file: string): string {
  return file.includes('/') ? posix.dirname(file) : file;
}

/** What a row names for an import: a folder, an entry or a package. */
function target_of({ to }: Import): string {
  return files.includes(to) ? place_of(to) : to;
}

function is_allowed(each: Import): boolean {
  const place = place_of(each.from);
  return target_of(each) === place || (MAY_IMPORT[place] ?? []).includes(target_of(each));
}

function explain(each: Import): string {
  const place = place_of(each.from);
  const target = target_of(each);
  const allowed = Object.keys(MAY_IMPORT).filter(
    (row) => row === target || MAY_IMPORT[row]?.includes(target),
  );
  const where = allowed.length > 0 ? allowed.join(', ') : 'nowhere';
  const what_may = [place, ...(MAY_IMPORT[place] ?? [])].join(', ');
  return `${each.from} imports ${each.to}. ${target} may be imported in: ${where}. ${place} may import: ${what_may}.`;
}

/** Circles of a graph, each as `a -> b -> a`. */
function find_circles(nodes: string[], next: (node: string) => string[]): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: string[]) => {
    if (trail.includes(node)) {
      circles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '));
      return;
    }
    if (done.has(node)) return;
    for (const each of next(node)) visit(each, [...trail, node]);
    done.add(node);
  };
  for (const node of nodes) visit(node, []);
  return circles;
}

/** The names in core that no declaration in their own file explains. */
function find_globals(): { file: string; name: string }[] {
  const program = typescript.createProgram(
    files.filter((file) => file.startsWith('core/')).map((file) => join('src', file)),
    { noLib: true, noResolve: true, types: [], target: typescript.ScriptTarget.ES2022 },
  );
  const checker = program.getTypeChecker();
  return program.getSourceFiles().flatMap((source) => {
    const names = new Set<string>();
    const visit = (node: typescript.Node) => {
      if (typescript.isIdentifier(node) && is_reference(node)) {
        const symbol = typescript.isShorthandPropertyAssignment(node.parent)
          ? checker.getShorthandAssignmentValueSymbol(node.parent)
          : checker.getSymbolAtLocation(node);
        if (!symbol?.declarations?.length) names.add(node.text);
      }
      typescript.forEachChild(node, visit);
    };
    visit(source);
    const file = posix.relative('src/core', source.fileName.replaceAll('\\', '/'));
    return [...names].map((name) => ({ file, name }));
  });
}

/** Whether an identifier names a thing, and is no name of a member. */
function is_reference(node: typescript.Identifier): boolean {
  const { parent } = node;
  if (typescript.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (typescript.isQualifiedName(parent)) return parent.right !== node;
  if (typescript.isBindingElement(parent)) return parent.propertyName !== node;
  if (typescript.isTypeReferenceNode(parent)) return !typescript.isConstTypeReference(parent);
  return !(
    typescript.isImportSpecifier(parent) ||
    typescript.isExportSpecifier(parent) ||
    typescript.isNamedTupleMember(parent)
  );
}

/** Whether a statement of an entry passes on what stands elsewhere. */
function is_re_export(statement: typescript.Statement): boolean {
  if (typescript.isImportDeclaration(statement)) return true;
  if (typescript.isExportDeclaration(statement)) return true;
  return (
    typescript.isExportAssignment(statement) &&
    typescript.isObjectLiteralExpression(statement.expression) &&
    statement.expression.properties.every(typescript.isShorthandPropertyAssignment)
  );
}

test('each file is in a folder, or is an entry, that the tables name', () => {
  expect([...new Set(files.map(place_of))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('CONTRIBUTING says of each folder what lives there', () => {
  const rows = readFileSync('CONTRIBUTING.md', 'utf8').split('\n');
  const folders = Object.keys(MAY_IMPORT).filter((place) => !entries.includes(place));
  const is_described = (folder: string) => {
    const name = `\`${folder.replace('core/', '')}/\``;
    return rows.some((row) => row.startsWith('|') && row.split('|')[1]?.includes(name));
  };
  expect(folders.filter((folder) => !is_described(folder))).toEqual([]);
});

test('CONTRIBUTING names only files that are there', () => {
  const named = readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/`([\w./]+\/[\w.]+\.\w+)`/g);
  const paths = [...new Set(Array.from(named, ([, path]) => path as string))];
  expect(paths.length).toBeGreaterThan(40);
  const missing = paths.filter((path) => !existsSync(path) && !existsSync(join('src', path)));
  expect(missing).toEqual([]);
});

test('each folder imports only what its row of the tables names', () => {
  expect(imports.filter((each) => !is_allowed(each)).map(explain)).toEqual([]);
});

test('the tables name nothing that is not imported', () => {
  const used = new Set(imports.map((each) => `${place_of(each.from)} imports ${target_of(each)}`));
  const named = [
    ...Object.entries(OTHERS),
    ...Object.entries(CORE).map(([stage, packages]) => [`core/${stage}`, packages] as const),
  ].flatMap(([place, targets]) => targets.map((target) => `${place} imports ${target}`));
  expect(named.filter((each) => !used.has(each))).toEqual([]);
});

test('core uses only the global names of the tables', () => {
  const wrong = globals.filter(({ file, name }) => {
    const known = PLATFORM_GLOBALS[name];
    return known ? (known.only_in ?? file) !== file : !LANGUAGE_GLOBALS.has(name);
  });
  const explained = wrong.map(({ file, name }) => {
    const where = PLATFORM_GLOBALS[name]?.only_in;
    const right = where
      ? `only core/${where} may`
      : 'core is given what the platform has by a port';
    return `core/${file} uses the global ${name}: ${right}`;
  });
  expect(explained).toEqual([]);
});

test('core uses every platform global that the table names', () => {
  const used = globals.map(({ name }) => name);
  expect(Object.keys(PLATFORM_GLOBALS).filter((name) => !used.includes(name))).toEqual([]);
});

test('there are no circles between files', () => {
  const next = (file: string) =>
    imports.filter(({ from, to }) => from === file && files.includes(to)).map(({ to }) => to);
  expect(find_circles(files, next)).toEqual([]);
});

test('there are no circles between folders', () => {
  const places = [...new Set(files.map(place_of))];
  const next = (place: string) => {
    const inside = imports.filter(({ from, to }) => place_of(from) === place && files.includes(to));
    return [...new Set(inside.map(target_of))].filter((target) => target !== place);
  };
  expect(find_circles(places, next)).toEqual([]);
});

test(`no folder has more than ${MAX_FILES} files or ${MAX_LINES} lines`, () => {
  const wrong = [...new Set(files.map((file) => posix.dirname(file)))].flatMap((folder) => {
    const inside = files.filter((file) => posix.dirname(file) === folder);
    const lines = inside.reduce((sum, file) => sum + read(file).split('\n').length - 1, 0);
    if (inside.length <= MAX_FILES && lines <= MAX_LINES) return [];
    return [`src/${folder} has ${inside.length} files and ${lines} lines`];
  });
  expect(wrong).toEqual([]);
});

test('entries only re-export', () => {
  const wrong = entries.flatMap((entry) =>
    typescript
      .createSourceFile(entry, read(entry), typescript.ScriptTarget.ES2022)
      .statements.filter((statement) => !is_re_export(statement))
      .map((statement) => `${entry} declares something: ${statement.getFullText().trim()}`),
  );
  expect(wrong).toEqual([]);
});

test('each file in src/ itself is an entry of the package, and each entry is there', () => {
  const { exports, tsup } = JSON.parse(readFileSync('package.json', 'utf8'));
  const names = entries.map((entry) => entry.replace('.ts', '')).sort();
  const published = Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => (path === '.' ? 'index' : path.replace('./', '')));
  expect(published.sort()).toEqual(names);
  expect(tsup.entry).toEqual(Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])));
});

test('what is optional is imported by an entry of its own alone', () => {
  const reach = (file: string, reached = new Set<string>()): Set<string> => {
    if (!reached.has(file)) {
      reached.add(file);
      for (const { to } of imports.filter(({ from }) => from === file)) reach(to, reached);
    }
    return reached;
  };
  const that_reach = (name: string) => entries.filter((entry) => reach(entry).has(name));
  expect(that_reach('prom-client')).toEqual(['prometheus.ts']);
  expect(that_reach('react')).toEqual(['react.ts']);
});
