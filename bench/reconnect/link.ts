import type { Socket } from 'node:net';

/** How the network breaks a connection. With `silence`, nothing arrives for a while, and then a reset. */
export type CutKind = 'reset' | 'end' | 'silence';

export const SILENCE_IN_MS = 3_000;

/** A TCP connection of a client through the proxy, which delays all bytes. */
export class Link {
  /** The number of the client, which the proxy reads in the first line of its request. */
  client: number | undefined;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #delay_in_ms: number;
  #is_cut = false;

  /** @param near the socket towards the client. @param far the socket towards the server. */
  constructor(near: Socket, far: Socket, delay_in_ms: number) {
    this.#near = near;
    this.#far = far;
    this.#delay_in_ms = delay_in_ms;
    near.once('data', (chunk) => {
      const [, client] = /[?&]client=(\d+)/.exec(String(chunk)) ?? [];
      if (client !== undefined) this.client = Number(client);
    });
    this.#carry(near, far);
    this.#carry(far, near);
  }

  /** Breaks the connection. Bytes that are in flight do not arrive. */
  cut(kind: CutKind): void {
    this.#is_cut = true;
    if (kind === 'reset') this.reset();
    else if (kind === 'silence') setTimeout(() => this.reset(), SILENCE_IN_MS);
    else {
      this.#near.end();
      this.#far.end();
    }
  }

  reset(): void {
    this.#is_cut = true;
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  #carry(from: Socket, to: Socket): void {
    const later = (deliver: () => void) =>
      setTimeout(() => {
        if (!this.#is_cut) deliver();
      }, this.#delay_in_ms);
    from.on('data', (chunk) => later(() => to.write(chunk)));
    from.on('end', () => later(() => to.end()));
    // This also handles a refused connection to the server.
    from.on('error', () => later(() => this.reset()));
  }
}
