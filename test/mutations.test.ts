import { dirname, resolve } from 'node:path';
import typescript from 'typescript';
import { expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript, as the script that runs it.
import { apply } from './mutations/apply.mjs';
// @ts-expect-error: as above.
import { mutations } from './mutations/mutations.mjs';

interface Mutant {
  name: string;
  /** Beside the file that it is made of, so that its imports resolve. */
  file: string;
  original: string;
  mutated: string;
  /** Where the code that a mutation brings begins, and that code. */
  edit: { start: number; text: string };
}

const mutants: Mutant[] = [];
const inapplicable: string[] = [];
for (const mutation of mutations) {
  try {
    const { path, ...mutant } = apply(mutation);
    const file = resolve(dirname(path), `mutant_${mutants.length}.ts`);
    mutants.push({ ...mutant, name: mutation.name, file });
  } catch (error) {
    inapplicable.push(String(error));
  }
}

// That each is caught is for `npm run mutations`, which takes minutes.
test('every mutation applies to the core, and changes it', () => {
  expect(inapplicable).toEqual([]);
  expect(mutants.filter(({ original, mutated }) => original === mutated)).toEqual([]);
});

test('what every mutation makes of a file parses, and what it brings names only what there is', () => {
  const program = create_program();
  const wrong = mutants.flatMap((mutant) =>
    find_mistakes(program, mutant).map((mistake) => `${mutant.name}: ${mistake}`),
  );
  expect(wrong).toEqual([]);
}, 60_000);

test('there are many mutations, and no two share a name', () => {
  const names = new Set(mutations.map(({ name }: Mutant) => name));
  expect(names.size).toBe(mutations.length);
  expect(names.size).toBeGreaterThanOrEqual(150);
});

/** One program of all mutants: each for itself would take minutes. */
function create_program(): typescript.Program {
  const { config } = typescript.readConfigFile('tsconfig.json', typescript.sys.readFile);
  const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, '.');
  const host = typescript.createCompilerHost(options);
  const sources = new Map(mutants.map(({ file, mutated }) => [file, mutated]));
  const { readFile, fileExists } = host;
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  return typescript.createProgram([...sources.keys()], options, host);
}

/** `Cannot find name`, `Property does not exist`, and the same with a suggestion. */
const UNKNOWN_NAMES = [2304, 2339, 2551, 2552, 2663, 18004];

function find_mistakes(program: typescript.Program, { file, edit }: Mutant): string[] {
  const source_file = program.getSourceFile(file);
  // To check types takes time: only where there are names to check.
  const brings_names = !/^([^a-z]*|true|false)$/i.test(edit.text);
  const found = brings_names ? program.getSemanticDiagnostics(source_file) : [];
  const unknown = found.filter(({ code, start = 0 }) => {
    // Around it, types may be wrong: of what is returned, for example.
    const is_brought = start >= edit.start && start < edit.start + edit.text.length;
    return is_brought && UNKNOWN_NAMES.includes(code);
  });
  return [...program.getSyntacticDiagnostics(source_file), ...unknown].map(({ messageText }) =>
    typescript.flattenDiagnosticMessageText(messageText, ' '),
  );
}
