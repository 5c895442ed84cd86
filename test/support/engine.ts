import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, find_free_port } from './free_port.ts';
import { NATS, REDIS } from './real_part.ts';

interface EngineOptions {
  /** The port. By default, a free one. */
  port?: number;
  /** The lines of a configuration. */
  config?: string;
}

/** A real server with its own port and folder. It can be killed, paused and started again. */
export class Engine {
  readonly port: number;
  readonly #program: string;
  readonly #args: string[];
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(program: string, port: number, folder: string, args: string[]) {
    this.#program = program;
    this.port = port;
    this.#folder = folder;
    this.#args = args;
  }

  static async redis({ port, config = '' }: EngineOptions = {}): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-redis-'));
    const free = port ?? (await find_free_port());
    const file = join(folder, 'redis.conf');
    writeFileSync(file, `bind 127.0.0.1\nport ${free}\ndir ${folder}\nsave ""\n${config}\n`);
    return new Engine(REDIS, free, folder, [file]);
  }

  static async nats({ port, config = '' }: EngineOptions = {}): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-nats-'));
    const free = port ?? (await find_free_port());
    const file = join(folder, 'nats.conf');
    writeFileSync(file, `host: "127.0.0.1"\nport: ${free}\n${config}\n`);
    return new Engine(NATS, free, folder, ['--config', file]);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves once it accepts connections. */
  async start(): Promise<this> {
    const child = spawn(this.#program, this.#args, { stdio: 'ignore' });
    this.#child = child;
    for (let tries = 0; tries < 500; tries++) {
      if (child.exitCode !== null) throw new Error(`${this.#program} has ended`);
      if (await accepts(this.port)) return this;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.#program} does not listen`);
  }

  /** Kills the server, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Stops the process. Resolves once it has really stopped. */
  async pause(): Promise<void> {
    this.#child?.kill('SIGSTOP');
    while (!/\) T /.test(readFileSync(`/proc/${this.pid}/stat`, 'utf8'))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends the server, and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
