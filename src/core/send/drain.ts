import type { Socket } from '../wire/socket.ts';

/** A wait until a socket can take more. */
export class Drain {
  /** Never rejects. */
  readonly ended: Promise<void>;
  #has_ended = false;
  #resolve: () => void = () => {};

  constructor(socket: Socket) {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    socket.when_drained(() => this.end());
  }

  get has_ended(): boolean {
    return this.#has_ended;
  }

  /** Ends the wait, because the socket is ready or gone. */
  end(): void {
    this.#has_ended = true;
    this.#resolve();
  }
}
