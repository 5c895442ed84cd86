import { spawnSync } from 'node:child_process';

type Command = [program: string, ...args: string[]];

/** Runs a program as the first process (PID 1) of a namespace, as a container does. `--kill-child` ends both together. */
const UNSHARE: Command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
/** Root may do the former; other users may do this, if the system lets them. */
const UNSHARE_AS_USER: Command = [...UNSHARE, '--user', '--map-root-user'];

/**
 * Makes any process behave as PID 1 does: a signal without a listener has no effect, also if the
 * process sends it to itself.
 */
const STAND_IN = `
  Object.defineProperty(process, 'pid', { value: 1 });
  process.kill = (_pid, signal) => process.emit(signal, signal) || true;
`;

/** Runs Node as the first process of a container; by a stand-in, if this system does not permit namespaces. */
export function first_process_command(): Command {
  for (const [program, ...args] of [UNSHARE, UNSHARE_AS_USER]) {
    if (spawnSync(program, [...args, 'true']).status === 0) {
      return [program, ...args, process.execPath];
    }
  }
  console.log('This system permits no namespaces: a stand-in behaves as PID 1 does.');
  return [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(STAND_IN)}`];
}
