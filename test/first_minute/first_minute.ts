// The first minute of the README, as somebody follows it: from an empty folder to the first message.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { find_free_port } from '../support/free_port.ts';

export interface Reader {
  readonly language: 'JavaScript' | 'TypeScript';
  readonly manager: 'npm' | 'pnpm';
  /** The major version of the Node that `programs` begins with. */
  readonly node: number;
  /** Folders of programs that come before those of this process. */
  readonly programs: readonly string[];
  /** The packed package, which is installed in place of the one of that name. */
  readonly tarball: string;
}

/** A line that was typed, and how long it took until it had said what the README promises. */
export interface Step {
  readonly line: string;
  readonly seconds: number;
}

const section = /^## In a minute\n([\s\S]*?)^To see a whole chat/m.exec(
  readFileSync('README.md', 'utf8'),
)?.[1];
const blocks = [...(section ?? '').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language, code]) => ({ language, code: code ?? '' }),
);
const [server = '', client = ''] = blocks
  .filter(({ language }) => language === 'js')
  .map(({ code }) => code);
const [install = [], start_server = [], start_client = [], in_typescript = []] = blocks
  .filter(({ language }) => language === 'sh')
  .map(({ code }) => code.trim().split('\n'));

/** Does what the README says, and resolves once the client has printed both messages. */
export async function follow_first_minute(reader: Reader): Promise<Step[]> {
  const root = mkdtempSync(join(tmpdir(), 'joystick-websockets-first-'));
  const folder = join(root, 'first');
  mkdirSync(folder);
  const port = String(await find_free_port());
  const terminal = new Terminal(folder, reader.programs, port);
  const steps: Step[] = [];
  const type = async (line: string, promised?: RegExp) => {
    const begun = performance.now();
    await terminal.run(line.replace(/ joystick-websockets$/, ` ${reader.tarball}`), promised);
    steps.push({ line, seconds: (performance.now() - begun) / 1000 });
  };
  try {
    for (const line of lines_for(reader, install)) await type(line);
    const is_typescript = reader.language === 'TypeScript';
    writeFileSync(join(folder, is_typescript ? 'server.ts' : 'server.js'), server);
    writeFileSync(join(folder, 'client.js'), client.replace('2600', port));
    for (const line of lines_for(reader, is_typescript ? in_typescript : start_server)) {
      await type(line, / server\.[jt]s$/.test(line) ? /^Listening on http:.*$/m : undefined);
    }
    for (const line of lines_for(reader, start_client)) {
      await type(line, /^welcome$[\s\S]*^hello$/m);
    }
  } finally {
    terminal.close();
    rmSync(root, { recursive: true });
  }
  return steps;
}

/** The lines that concern somebody with this version of Node, for the package manager at hand. */
function lines_for({ node, manager }: Reader, lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [command = '', condition = ''] = line.split(' # ');
    const [, version, is_open] = /^Node (\d+)\S*( and newer)?$/.exec(condition) ?? [];
    const is_meant =
      version === undefined ||
      (is_open === undefined ? node === Number(version) : node >= Number(version));
    if (!is_meant) return [];
    return [manager === 'npm' ? command : for_pnpm(command)];
  });
}

/** As the README tells those who use pnpm. */
function for_pnpm(command: string): string {
  return command
    .replace('npm init -y', 'pnpm init')
    .replace('npm install', 'pnpm add')
    .replace(/^npx/, 'pnpm exec')
    .replace(/^npm/, 'pnpm')
    .replace(/ tsx$/, ' --allow-build=esbuild tsx');
}

/** Runs lines in a folder; what does not end by itself ends with it. */
class Terminal {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Set<number>();

  constructor(folder: string, programs: readonly string[], port: string) {
    this.#folder = folder;
    this.#environment = {
      ...process.env,
      PATH: [...programs, process.env.PATH].join(delimiter),
      PORT: port,
      // `pnpm init` notes its own version, which pnpm would then download again.
      pnpm_config_pm_on_fail: 'ignore',
    };
  }

  /** Resolves once the line has printed what it promises or, if it promises nothing, has ended well. */
  async run(line: string, promised?: RegExp): Promise<void> {
    const child = spawn(line, {
      cwd: this.#folder,
      env: this.#environment,
      shell: true,
      // A group of its own, so that all that it starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = child.pid as number;
    this.#running.add(pid);
    let output = '';
    const kept = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          output += chunk;
          if (promised?.test(output)) resolve();
        });
      }
    });
    const ended = once(child, 'close').then(([code]) => {
      this.#running.delete(pid);
      if (code !== 0 || promised !== undefined) {
        throw new Error(`${line} ended with ${code}:\n${output}`);
      }
    });
    await Promise.race([kept, ended]);
    // It ends when the terminal is closed.
    ended.catch(() => {});
  }

  close(): void {
    for (const pid of this.#running) process.kill(-pid, 'SIGKILL');
  }
}
