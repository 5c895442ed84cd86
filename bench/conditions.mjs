import { cpus, totalmem } from 'node:os';
import { read_version } from './prepare.mjs';
import { SERVERS } from './servers.mjs';

const BYTES_PER_GIB = 2 ** 30;

/** Describes the machine, the versions and the method of a measurement, in Markdown. */
export function describe_conditions({ rounds, servers, is_quick }) {
  const [{ model }] = cpus();
  const machine = `${cpus().length} cores (${model}), ${Math.round(totalmem() / BYTES_PER_GIB)} GiB of memory`;
  const packages = new Set(servers.map((name) => SERVERS[name].package).filter(Boolean));
  const versions = [
    `Node ${process.versions.node}`,
    `joystick-websockets ${read_version()}`,
    ...[...packages].map((name) => `${name} ${read_version(name) ?? '(not installed)'}`),
  ];
  const times = rounds === 1 ? 'one round' : `${rounds} rounds, interleaved`;
  const warning = is_quick ? ' With `--quick`: these figures only show that everything runs.' : '';
  return (
    `${times}. Each figure is the median of a server; each ratio is the median of its ratios to naive bare ws in the ` +
    `same round. CPU-seconds are the CPU time of the server process with all its threads, as the kernel counts it.${warning}\n\n` +
    `- Machine: ${machine}; the server and the load client share it\n- Versions: ${versions.join(', ')}`
  );
}
