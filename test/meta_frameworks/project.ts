import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, find_free_port } from '../support/free_port.ts';

/** A project of a framework, with the framework and the packed tarball of this package installed. */
export class Project {
  readonly folder: string;
  #server: ChildProcess | undefined;
  #output = '';

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
    cpSync(new URL(name, import.meta.url), this.folder, { recursive: true });
    execFileSync('npx', ['tsup', '--silent'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', this.folder];
    execFileSync('npm', pack, { stdio: 'ignore' });
    const tarball = readdirSync(this.folder).find((file) => file.endsWith('.tgz'));
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    this.run('npm', ...install, `./${tarball}`);
  }

  version_of(dependency: string): string {
    return JSON.parse(this.read(`node_modules/${dependency}/package.json`)).version;
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  edit(file: string, find: string, replace: string): void {
    writeFileSync(join(this.folder, file), this.read(file).replace(find, replace));
  }

  /** @throws with what it printed, if it fails. */
  run(command: string, ...args: string[]): void {
    execFileSync(command, args, { cwd: this.folder, env: environment(), stdio: 'pipe' });
  }

  /** Starts a server, which is told its port, and resolves with `127.0.0.1:<port>` once it listens. */
  async start(args: (port: string) => string[], production = false): Promise<string> {
    const port = await find_free_port();
    const NODE_ENV = production ? 'production' : 'development';
    this.#output = '';
    this.#server = spawn(process.execPath, args(String(port)), {
      cwd: this.folder,
      env: { ...environment(), NODE_ENV },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own, with whatever it starts itself.
      detached: true,
    });
    for (const stream of [this.#server.stdout, this.#server.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += chunk;
      });
    }
    while (!(await accepts(port))) {
      if (this.#server.exitCode !== null) throw new Error(`the server ended:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return `127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.pid === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    const group = -server.pid;
    process.kill(group, 'SIGTERM');
    const timer = setTimeout(() => process.kill(group, 'SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function environment() {
  return { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1', CI: '1' };
}
