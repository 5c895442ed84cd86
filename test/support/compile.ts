import { dirname, join, resolve } from 'node:path';
import typescript from 'typescript';

/** A consumer that exists in memory only, below this folder, compiled as the tests themselves are. */
const SNIPPET = resolve('test/types/snippet.ts');

const { config } = typescript.readConfigFile('tsconfig.json', typescript.sys.readFile);
const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, process.cwd());

/**
 * Compiles TypeScript sources that exist in memory only; what they import is found on the disk.
 * What one source had parsed serves the next.
 */
export function create_compiler(overrides: typescript.CompilerOptions = {}) {
  let files = new Map<string, string>();
  let version = 0;
  const settings = { ...options, noUnusedLocals: false, noUnusedParameters: false, ...overrides };
  const read = (file: string) => files.get(file) ?? typescript.sys.readFile(file);
  const service = typescript.createLanguageService(
    {
      getCompilationSettings: () => settings,
      getScriptFileNames: () => [...files.keys()],
      getScriptVersion: (file) => (files.has(file) ? String(version) : '0'),
      getScriptSnapshot: (file) => {
        const text = read(file);
        return text === undefined ? undefined : typescript.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => process.cwd(),
      getDefaultLibFileName: typescript.getDefaultLibFilePath,
      fileExists: (file) => files.has(file) || typescript.sys.fileExists(file),
      readFile: read,
      readDirectory: typescript.sys.readDirectory,
      directoryExists: typescript.sys.directoryExists,
      getDirectories: typescript.sys.getDirectories,
    },
    typescript.createDocumentRegistry(),
  );

  const open = (source: string, others: Record<string, string> = {}) => {
    version += 1;
    files = new Map([
      [SNIPPET, source],
      ...Object.entries(others).map(
        ([name, text]) => [join(dirname(SNIPPET), name), text] as [string, string],
      ),
    ]);
  };

  return {
    /** What the compiler says about a source, an entry for each error. */
    errors_of(source: string, others?: Record<string, string>): string[] {
      open(source, others);
      return [
        ...service.getSyntacticDiagnostics(SNIPPET),
        ...service.getSemanticDiagnostics(SNIPPET),
      ].map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, '\n'));
    },
    /** What an editor shows over the places marked with `/*⇣*\/`, from the first to the last. */
    hovers_of(source: string, others?: Record<string, string>): string[] {
      open(source, others);
      return [...source.matchAll(/\/\*⇣\*\/\s*/g)].map(({ index, 0: mark }) => {
        const info = service.getQuickInfoAtPosition(SNIPPET, index + mark.length);
        return typescript.displayPartsToString(info?.displayParts).replaceAll(/\s+/g, ' ');
      });
    },
  };
}
