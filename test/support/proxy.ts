import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { accepts, find_free_port } from './free_port.ts';

/** A proxy program, and how it runs in the foreground. */
export interface ProxyProgram {
  readonly program: string;
  /** Returns the arguments. The folder belongs to the proxy, and contains its configuration in the file `config`. */
  readonly args: (folder: string) => string[];
  /** The signal that makes it read its configuration again. */
  readonly reload_signal: NodeJS.Signals;
  /** The text that it prints once it has received the signal. */
  readonly reloading: string;
}

/** A real proxy in front of a server, with its own port and folder. */
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

  /** Resolves once it accepts connections. The proxy and its processes are ended when the test has finished. */
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
    // In its own process group, so that its workers end with it.
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

  /** Resolves once the reload has begun. Connected clients stay connected for a while. */
  async reload(): Promise<void> {
    const { reload_signal, reloading } = this.#program;
    // HAProxy listens before it handles signals, and earlier signals are lost.
    while (!this.#output.includes(reloading)) {
      this.#child?.kill(reload_signal);
      await sleep(100);
    }
  }

  /** Kills the proxy, as a crash of the machine does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const has_exited = child.exitCode !== null || child.signalCode !== null;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // No process of its group is left.
    }
    if (!has_exited) await once(child, 'exit');
    // Its workers may need a moment longer to end.
    while (await accepts(this.port)) await sleep(20);
  }
}
