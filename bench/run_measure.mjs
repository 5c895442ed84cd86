import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BENCH_FOLDER } from './prepare.mjs';
import { SERVERS } from './servers.mjs';

const MAX_RUN_IN_MS = 60_000;

/** Runs one measure of one server in two fresh processes. A failure is also returned as a result. */
export async function run_measure(server_name, load, config) {
  const server = SERVERS[server_name];
  const processes = [];
  const start = (command, args) => {
    const child = spawn(command, args, {
      cwd: BENCH_FOLDER,
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.on('error', () => {});
    processes.push(child);
    return child;
  };
  const timer = setTimeout(() => kill(processes), MAX_RUN_IN_MS);
  try {
    const server_process = start(...server_command(server_name, server));
    const { port } = await read_line(server_process, 'the server');
    const task = { load, config, port, pid: server_process.pid, wire: server.wire ?? 'plain' };
    return await read_line(
      start(process.execPath, ['load.mjs', JSON.stringify(task)]),
      'the client',
    );
  } catch (error) {
    return { failed: error.message };
  } finally {
    clearTimeout(timer);
    kill(processes);
  }
}

/** The command that starts a server. The package of Bun contains only its program, which is started directly. */
function server_command(name, { package: package_name, is_bun, file = name, args = [] }) {
  const script = `servers/${file}.mjs`;
  if (is_bun) return [`${BENCH_FOLDER}node_modules/${package_name}/bin/bun`, [script]];
  return [process.execPath, ['--expose-gc', script, ...args]];
}

/** Reads the first line that a process prints, which is JSON. */
function read_line(child, who) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`${who} did not start: ${error.code}`)));
    createInterface({ input: child.stdout })
      .once('line', (line) => resolve(JSON.parse(line)))
      .once('close', () => reject(new Error(`${who} ended early or took too long`)));
  });
}

function kill(processes) {
  for (const child of processes) child.kill('SIGKILL');
}
