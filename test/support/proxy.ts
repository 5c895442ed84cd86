import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { accepts, find_free_port } from './free_port.ts';

/** How a proxy is run in the foreground. */
export interface ProxyProgram {
  readonly program: string;
  /** With a folder of its own, in which its configuration is the file `config`. */
  readonly args: (folder: string) => string[];
  /** Makes it read its configuration again. */
  readonly reload_signal: NodeJS.Signals;
  /** What it prints once it has heard of that. */
  readonly reloading: string;
}

/** A real proxy in front of a server, on a port and in a folder of its own. */
export class RealProxy {
  readonly port: number;
  /** `ws://127.0.0.1:<port>/api/_websockets` */
  readonly url: string;
  readonly #program: ProxyProgram;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(program: ProxyProgram, port: number, folder: string) {
    this.#program = program;
    this.port = port;
    this.url = `ws://127.0.0.1:${port}/api/_websockets`;
    this.#folder = folder;
  }

  /** Resolves once it accepts connections; ended, with all that it started, when the test has finished. */
  static async start(
    program: ProxyProgram,
    configure: (port: number, folder: string) => string,
  ): Promise<RealProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-proxy-'));
    const proxy = new RealProxy(program, await find_free_port(), folder);
    onTestFinished(async () => {
      await proxy.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    writeFileSync(join(folder, 'config'), configure(proxy.port, folder));
    await proxy.start();
    return proxy;
  }

  async start(): Promise<void> {
    const { program, args } = this.#program;
    this.#output = '';
    // In a process group of its own: its workers end with it.
    const child = spawn(program, args(this.#folder), {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#child = child;
    child.stderr?.on('data', (chunk) => {
      this.#output += chunk;
    });
    while (!(await accepts(this.port))) {
      if (child.exitCode !== null) throw new Error(`${program} has ended: ${this.#output}`);
      await sleep(20);
    }
  }

  /** Resolves once it has begun to; who is connected stays connected for a while. */
  async reload(): Promise<void> {
    const { reload_signal, reloading } = this.#program;
    // HAProxy listens before it heeds signals, and what it does not heed is lost.
    while (!this.#output.includes(reloading)) {
      this.#child?.kill(reload_signal);
      await sleep(100);
    }
  }

  /** As a crash of the machine does it. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const has_exited = child.exitCode !== null || child.signalCode !== null;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nobody of its group is left.
    }
    if (!has_exited) await once(child, 'exit');
    // Its workers may take a moment longer.
    while (await accepts(this.port)) await sleep(20);
  }
}
