import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create_user_folder } from './packed.ts';

export const NODE_NEXT = { module: 'NodeNext', moduleResolution: 'NodeNext' };
export const BUNDLER = { module: 'ESNext', moduleResolution: 'Bundler' };

/** Creates a user's project with the packed tarball, TypeScript and these packages. */
export function create_consumer(...packages: string[]) {
  const folder = create_user_folder('typescript', ...packages);
  let projects = 0;

  /** Compiles sources with tsc, as strictly as it can. */
  const compile = async (compilerOptions: object, sources: Record<string, string>) => {
    const project = join(folder, `project_${projects++}`);
    mkdirSync(project);
    for (const [file, source] of Object.entries(sources)) {
      writeFileSync(join(project, file), source);
    }
    const strict = {
      target: 'ES2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: 'out',
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions } }),
    );
    return {
      errors: await run_tsc(project),
      /** The declarations that tsc writes for users of this project. */
      declarations_of: (file: string) => readFileSync(join(project, 'out', file), 'utf8'),
    };
  };

  /** Resolves with the lines that tsc prints: none if there is no error. */
  const run_tsc = (cwd: string): Promise<string[]> => {
    const tsc = join(folder, 'node_modules/typescript/bin/tsc');
    return new Promise((resolve) => {
      execFile(process.execPath, [tsc, '--pretty', 'false'], { cwd }, (_error, stdout) =>
        resolve(stdout.split('\n').filter((line) => line !== '')),
      );
    });
  };

  return { folder, compile };
}
