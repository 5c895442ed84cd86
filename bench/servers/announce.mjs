// How a server process and the benchmark talk: the port on stdout, a signal to collect garbage,
// and the end of stdin, which ends the process whatever became of the benchmark.
const collect_garbage = globalThis.Bun
  ? () => globalThis.Bun.gc(true)
  : () => {
      globalThis.gc?.();
    };

export function announce(port) {
  process.on('SIGUSR2', collect_garbage);
  process.stdin.on('end', () => process.exit()).resume();
  console.log(JSON.stringify({ port }));
}
