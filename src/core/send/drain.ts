import type { Socket } from '../wire/socket.ts';

/** One wait until a socket is ready for more. */
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

  /** The socket is ready, or gone: nobody is to wait any longer. */
  end(): void {
    this.#has_ended = true;
    this.#resolve();
  }
}
