import type { Endpoint } from './endpoint.ts';

/**
 * Closes every connection with 1012, and goes on handling what clients had already sent.
 *
 * @returns once no connection is left.
 */
export async function shut_down(endpoints: Iterable<Endpoint>): Promise<void> {
  const emptied: Promise<void>[] = [];
  for (const endpoint of endpoints) {
    emptied.push(endpoint.emptied());
    for (const connection of endpoint.connections) connection.shut_down('the server is restarting');
  }
  await Promise.all(emptied);
}

/** Cuts every connection now. */
export function cut_all(endpoints: Iterable<Endpoint>): void {
  for (const endpoint of endpoints) {
    for (const connection of [...endpoint.connections]) connection.cut();
  }
}
