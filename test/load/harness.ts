// The harness of the scripts in this folder. It runs roles in their own processes, and prints verdicts.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MountOptions, mount_websockets, type Websockets } from '../../src/index.ts';

type Report = Record<string, any>;

/** Another process of this script, which plays one of its roles. */
export class Part {
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  #reports: Report[] = [];
  #on_report = () => {};

  constructor(role: string, ...args: string[]) {
    this.process = fork(process.argv[1] as string, [role, ...args], {
      execArgv: ['--import', 'tsx', '--expose-gc'],
    });
    this.exited = once(this.process, 'exit').then(([code]) => code);
    this.process.on('message', (report: Report) => {
      this.#reports.push(report);
      this.#on_report();
    });
  }

  tell(message: Report): void {
    this.process.send(message);
  }

  /** Resolves with the next report of this kind, and skips those before it. */
  async next(kind: string): Promise<Report> {
    for (;;) {
      while (this.#reports.length > 0) {
        const report = this.#reports.shift() as Report;
        if (report.kind === kind) return report;
      }
      await new Promise<void>((resolve) => {
        this.#on_report = resolve;
      });
    }
  }
}

/** Plays the role that the process was started with, or else the first role. */
export function play(roles: Record<string, (...args: string[]) => Promise<void>>): void {
  const [, , role = 'main', ...args] = process.argv;
  roles[role]?.(...args).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

/** Sends a report to the process that started this one. */
export function report(kind: string, facts: Report = {}): void {
  process.send?.({ kind, ...facts });
}

export async function serve(websockets: Websockets, options?: MountOptions) {
  const server = createServer();
  const mounted = mount_websockets(server, websockets, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, mounted, port };
}

export const wait = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Prints a figure. Fails the script if the figure is not as required. */
export function check(fact: string, figure: unknown, is_so: boolean): void {
  console.log(`${is_so ? 'PASS' : 'FAIL'}  ${fact}: ${figure}`);
  if (!is_so) process.exitCode = 1;
}
