// How a server process and the benchmark communicate. The server prints its port on stdout and collects garbage on a
// signal. It exits when stdin ends, even if the benchmark has crashed.
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
