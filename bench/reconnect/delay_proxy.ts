import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { Link } from './link.ts';

/** A TCP proxy on the loopback interface that delays every byte, in both directions. */
export class DelayProxy {
  /** The server's port; it may change while the proxy runs. */
  target = 0;
  /** Called for each connection that the proxy has accepted. */
  on_link: (link: Link) => void = () => {};
  readonly #links = new Set<Link>();
  readonly #listener: Server;

  private constructor(listener: Server, delay_in_ms: number) {
    this.#listener = listener;
    listener.on('connection', (near) => {
      const link = new Link(near, connect(this.target, '127.0.0.1'), delay_in_ms);
      this.#links.add(link);
      near.once('close', () => this.#links.delete(link));
      this.on_link(link);
    });
  }

  static async start(delay_in_ms: number): Promise<DelayProxy> {
    const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new DelayProxy(listener, delay_in_ms);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** The connections that are open now. */
  get links(): ReadonlySet<Link> {
    return this.#links;
  }

  close(): void {
    this.#listener.close();
    for (const link of this.#links) link.reset();
  }
}
