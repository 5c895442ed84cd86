import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that makes a server distant: what either side sends arrives later. */
export class DelayingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Of both ways together. */
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

  /** Cuts every connection, as a restart of the server does; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  /** Timers of the same length end in the order in which they began. */
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
