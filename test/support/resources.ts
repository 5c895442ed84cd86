import { getActiveResourcesInfo } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Resources = ReadonlyMap<string, number>;

/** Counts the open resources of this process, such as sockets and timers, by kind. */
export function count_resources(): Resources {
  const counts = new Map<string, number>();
  for (const kind of getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Returns the kinds of sockets, servers and timers of which more are open than before. */
export function left_since(before: Resources): string[] {
  const now = count_resources();
  // Fewer are not a failure, because the test runner has its own timers, which come and go.
  return ['TCPSocketWrap', 'TCPServerWrap', 'Timeout'].filter(
    (kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0),
  );
}

/** Lets turns pass until a condition is true. Gives up after ten seconds, so that an assertion can report the failure. */
export async function until(is_so: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!is_so() && performance.now() < end) await new Promise(setImmediate);
}

export async function measure_heap(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}
