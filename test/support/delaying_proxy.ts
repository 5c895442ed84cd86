import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that makes a server distant by delaying bytes in both directions. */
export class DelayingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The delay of both directions together. */
  round_trip_in_milliseconds: number;

  private constructor(to_port: number, round_trip_in_milliseconds: number) {
    this.round_trip_in_milliseconds = round_trip_in_milliseconds;
    this.#server = createServer((near) => {
      const far = connect(to_port, '127.0.0.1');
      this.#carry(near, far);
      this.#carry(far, near);
    });
  }

  static async start(to_port: number, round_trip_in_milliseconds: number): Promise<DelayingProxy> {
    const proxy = new DelayingProxy(to_port, round_trip_in_milliseconds);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Terminates every connection, as a restart of the server does. New connections are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  /** Carries bytes in order, because timers of the same length fire in the order in which they were started. */
  #carry(from: Socket, to: Socket): void {
    const later = (arrive: () => void) => setTimeout(arrive, this.round_trip_in_milliseconds / 2);
    this.#sockets.add(from);
    from.setNoDelay();
    from.on('data', (chunk) => later(() => to.writable && to.write(chunk)));
    from.on('error', () => {});
    from.once('close', () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
  }
}
