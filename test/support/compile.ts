import { dirname, join, resolve } from 'node:path';
import typescript from 'typescript';

/** The path of a consumer that exists only in memory. It is compiled like the tests themselves. */
const SNIPPET = resolve('test/types/snippet.ts');

const { config } = typescript.readConfigFile('tsconfig.json', typescript.sys.readFile);
const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, process.cwd());

/**
 * Creates a compiler for TypeScript sources that exist only in memory. Their imports are read from the disk, and parsed
 * files are reused for the next source.
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
    /** Returns the compiler's errors about a source. */
    errors_of(source: string, others?: Record<string, string>): string[] {
      open(source, others);
      return [
        ...service.getSyntacticDiagnostics(SNIPPET),
        ...service.getSemanticDiagnostics(SNIPPET),
      ].map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, '\n'));
    },
    /** Returns the text that an editor shows at the places marked with `/*⇣*\/`, from the first to the last. */
    hovers_of(source: string, others?: Record<string, string>): string[] {
      open(source, others);
      return [...source.matchAll(/\/\*⇣\*\/\s*/g)].map(({ index, 0: mark }) => {
        const info = service.getQuickInfoAtPosition(SNIPPET, index + mark.length);
        return typescript.displayPartsToString(info?.displayParts).replaceAll(/\s+/g, ' ');
      });
    },
  };
}
