import type { Endpoint } from './endpoint.ts';
import type { Clock } from './ports.ts';

/**
 * Closes every connection with 1012, and goes on handling what clients had already
 * sent. What has not ended when the grace is over is cut.
 *
 * @returns once no connection is left.
 */
export async function shut_down(
  endpoints: Iterable<Endpoint>,
  clock: Clock,
  grace_in_seconds: number,
): Promise<void> {
  const all = [...endpoints];
  const emptied = Promise.all(all.map((endpoint) => endpoint.emptied()));
  for (const endpoint of all) {
    for (const connection of endpoint.connections) connection.shut_down('the server is restarting');
  }
  const cancel = clock.after(grace_in_seconds * 1000, () => cut_all(all));
  await emptied;
  cancel();
}

/** Cuts every connection now. */
export function cut_all(endpoints: Iterable<Endpoint>): void {
  for (const endpoint of endpoints) {
    for (const connection of [...endpoint.connections]) connection.cut();
  }
}
