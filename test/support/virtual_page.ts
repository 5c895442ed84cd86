import type { PageSignal, Platform, PlatformSocket } from '../../src/client/base/platform.ts';
import { connect_on } from '../../src/client/connect.ts';
import type { ConnectOptions } from '../../src/client/options/connect_options.ts';
import { VirtualTime } from './virtual_time.ts';

/** A WebSocket whose server is the test. */
export class VirtualSocket implements PlatformSocket {
  readyState = 0;
  binaryType = 'blob';
  onopen: ((event: any) => any) | null = null;
  onmessage: ((event: any) => any) | null = null;
  onerror: ((event: any) => any) | null = null;
  onclose: ((event: any) => any) | null = null;
  readonly sent: unknown[] = [];
  readonly url: string;
  readonly protocols: unknown;
  closed_with: { code: number | undefined; reason: string | undefined } | undefined;

  constructor(url: string, protocols?: string | string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error('sent on a socket that is not open');
    this.sent.push(JSON.parse(text));
  }

  close(code?: number, reason?: string): void {
    if (this.readyState < 2) this.closed_with = { code, reason };
    this.readyState = 2;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.({});
  }

  deliver(data: unknown): void {
    this.onmessage?.({ data });
  }

  /** Makes the server begin to close. The page is not notified yet. */
  begin_to_close(): void {
    this.readyState = 2;
  }

  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    if (code === 1006) this.onerror?.({});
    this.onclose?.({ code, reason });
  }
}

/** Opens a page that the test controls. By default, its random numbers lead to the longest waits. */
export function open_virtual_page({
  time = new VirtualTime(),
  random = () => 1,
}: {
  time?: VirtualTime;
  random?: () => number;
} = {}) {
  const sockets: VirtualSocket[] = [];
  const reported: unknown[] = [];
  const logged: string[] = [];
  const listeners = new Set<(signal: PageSignal) => void>();
  const platform: Platform = {
    clock: time,
    random,
    WebSocket: class extends VirtualSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    },
    base: 'https://example.com/some/page?tab=1#here',
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report: (error) => reported.push(error),
    log: (text) => logged.push(text),
  };
  return {
    time,
    platform,
    sockets,
    reported,
    logged,
    listeners,
    /** The latest socket. */
    get socket(): VirtualSocket {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nothing has connected');
      return socket;
    },
    signal(signal: PageSignal): void {
      for (const listener of [...listeners]) listener(signal);
    },
    connect: (options: ConnectOptions = {}) => connect_on(platform, 'chat', options),
  };
}

/** Creates handlers that keep their calls, for example as `['on_close', 1006, '']`. */
export function record_events() {
  const told: unknown[][] = [];
  const keep =
    (name: string) =>
    (...args: unknown[]) => {
      // The last argument of every handler is the connection.
      told.push([name, ...args.slice(0, -1)]);
    };
  const events = {
    on_open: keep('on_open'),
    on_message: keep('on_message'),
    on_close: keep('on_close'),
    on_error: keep('on_error'),
    on_reconnect: keep('on_reconnect'),
    on_state_change: keep('on_state_change'),
  };
  return { told, events, of: (name: string) => told.filter(([each]) => each === name) };
}
