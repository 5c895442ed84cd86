import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { recorder } from './events.ts';

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** A program that runs Node, and its arguments before those of Node. */
  command?: [program: string, ...args: string[]];
}

/** Runs Node, keeps the lines that it prints, and ends it when the test has finished. */
export function run_node(
  args: string[],
  { cwd, env = {}, command: [program, ...first] = [process.execPath] }: RunOptions = {},
) {
  const child: ChildProcess = spawn(program, [...first, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const log = recorder();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      for (const line of String(chunk).trimEnd().split('\n')) log.add(line);
    });
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal, output }));
  return { child, log, exited };
}

export { find_free_port } from './free_port.ts';
