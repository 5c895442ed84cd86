import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { recorder } from './events.ts';

/** Runs Node, keeps the lines that it prints, and ends it when the test has finished. */
export function run_node(
  args: string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
) {
  const child: ChildProcess = spawn(process.execPath, args, {
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
