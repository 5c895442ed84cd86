import { spawnSync } from 'node:child_process';

type Command = [program: string, ...args: string[]];

/** Runs a program as the first process (PID 1) of a namespace, as a container does. `--kill-child` ends both together. */
const UNSHARE: Command = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
/** The same for users other than root, if the system allows it. */
const UNSHARE_AS_USER: Command = [...UNSHARE, '--user', '--map-root-user'];

/**
 * Makes any process behave like PID 1: a signal without a listener has no effect, even if the process sends it to
 * itself.
 */
const STAND_IN = `
  Object.defineProperty(process, 'pid', { value: 1 });
  process.kill = (_pid, signal) => process.emit(signal, signal) || true;
`;

/** Returns a command that runs Node as the first process of a container, or a stand-in if namespaces are not allowed. */
export function first_process_command(): Command {
  for (const [program, ...args] of [UNSHARE, UNSHARE_AS_USER]) {
    if (spawnSync(program, [...args, 'true']).status === 0) {
      return [program, ...args, process.execPath];
    }
  }
  console.log('This system does not allow namespaces; a stand-in that behaves like PID 1 is used.');
  return [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(STAND_IN)}`];
}
