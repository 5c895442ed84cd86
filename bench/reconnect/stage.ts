import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { DelayProxy } from './delay_proxy.ts';
import type { ClientReport, ServerOrder } from './reports.ts';

/** The delay of each byte, in each direction. */
const DELAY_IN_MS = 20;

function start(program: string, ...args: unknown[]): ChildProcess {
  const path = new URL(program, import.meta.url).pathname;
  return fork(path, args.map(String), { execArgv: ['--import', 'tsx'] });
}

/** A server in its own process. */
export class BenchServer {
  readonly process = start('server.ts');
  /** Resolves once the process accepts orders. */
  readonly started = once(this.process, 'message');
  /** When the process ended, in milliseconds since the epoch; `undefined` while it lives. */
  ended_at: number | undefined;

  constructor() {
    this.process.once('exit', () => {
      this.ended_at = Date.now();
    });
  }

  order(order: ServerOrder): void {
    this.process.send(order);
  }

  /** Makes the server listen on a free port, which becomes the proxy's target. */
  async listen(proxy: DelayProxy): Promise<void> {
    this.order('listen');
    const [{ port }] = await once(this.process, 'message');
    proxy.target = port;
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

/** A server, a proxy, and clients in their own process that connect to the server through the proxy. */
export class Stage {
  readonly count: number;
  readonly proxy: DelayProxy;
  server: BenchServer;
  /** Emits a `report` for each {@link ClientReport}. */
  readonly reports = new EventEmitter<{ report: [ClientReport] }>();
  readonly #clients: ChildProcess;

  private constructor(count: number, proxy: DelayProxy, server: BenchServer) {
    this.count = count;
    this.proxy = proxy;
    this.server = server;
    this.#clients = start('clients.ts', proxy.port, count);
    this.#clients.on('message', (report: ClientReport) => this.reports.emit('report', report));
  }

  /** Resolves once every client has received a message. */
  static async open(count: number): Promise<Stage> {
    const proxy = await DelayProxy.start(DELAY_IN_MS);
    const server = new BenchServer();
    await server.started;
    await server.listen(proxy);
    const stage = new Stage(count, proxy, server);
    await stage.all_receive();
    return stage;
  }

  /** Resolves once every client has received the first message of a connection opened from now on. */
  async all_receive(): Promise<ReadonlyMap<number, number>> {
    const since = Date.now();
    const first_at = new Map<number, number>();
    return new Promise((resolve) => {
      const count = (report: ClientReport) => {
        if (report.kind !== 'first message' || report.opened_at < since) return;
        first_at.set(report.client, report.at);
        if (first_at.size < this.count) return;
        this.reports.off('report', count);
        resolve(first_at);
      };
      this.reports.on('report', count);
    });
  }

  close(): void {
    this.#clients.kill();
    this.server.kill();
    this.proxy.close();
  }
}
