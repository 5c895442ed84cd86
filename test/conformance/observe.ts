import { recorder } from '../support/events.ts';
import type { ConformanceClient } from './endpoint.ts';

/** What any client sent before has arrived once another hears its echo. */
export async function has_arrived(other: ConformanceClient): Promise<void> {
  other.send('"echo"');
  await other.next_text();
}

/** An on_close that keeps its codes and reasons. */
export function record_closes() {
  const log = recorder();
  const on_close = (code: number, reason: string) => log.add(`${code} ${reason}`);
  return { log, on_close };
}
