import type { Clock } from '../../core/base/ports.ts';

/** The part of a WebSocket that the client uses, of a browser or of `ws`. */
export interface PlatformSocket {
  readonly readyState: number;
  binaryType: string;
  onopen: ((event: any) => any) | null;
  onmessage: ((event: any) => any) | null;
  onerror: ((event: any) => any) | null;
  onclose: ((event: any) => any) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** The class of a WebSocket, for example the one of a browser or of `ws`. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => PlatformSocket;

/** The `readyState` of a socket on which messages can be sent. */
export const OPEN = 1;

/**
 * A change in the situation of the page:
 *
 * - `back`: the page is online again, or has left the back/forward cache.
 * - `seen`: the page is visible again. Its timers may be late.
 * - `leaving`: the page may enter the back/forward cache, where connections end. Some browsers do not cache a page
 *   that has a connection.
 * - `offline`: the network is gone. Without this signal, the client would notice the dead connection much later.
 */
export type PageSignal = 'back' | 'seen' | 'leaving' | 'offline';

/** Everything that the client needs from its environment. */
export interface Platform {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Returns a number of at least 0 and less than 1. */
  random(): number;
  readonly WebSocket: WebSocketClass | undefined;
  /** The page's address. */
  readonly base: string | undefined;
  /** Calls back with each signal. Returns a function that stops this. */
  watch(on_signal: (signal: PageSignal) => void): () => void;
  /** Reports an uncaught error of the page. */
  report(error: unknown): void;
  log(text: string): void;
}

type Listen = (type: string, listener: (event: { persisted?: boolean }) => void) => void;

/** The globals of a page that the client uses. Node has some of them, a worker most. */
interface PageGlobals {
  WebSocket?: WebSocketClass;
  location?: { href: string };
  document?: { visibilityState: string; addEventListener: Listen; removeEventListener: Listen };
  addEventListener?: Listen;
  removeEventListener?: Listen;
  reportError?: (error: unknown) => void;
}

const page = globalThis as PageGlobals;

/** The platform that this code runs on. */
export const own_platform: Platform = {
  clock: {
    now: () => performance.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  random: Math.random,
  // Read at each access, because a polyfill may add it later and a test may replace it.
  get WebSocket() {
    return page.WebSocket;
  },
  get base() {
    return page.location?.href;
  },
  watch: watch_page,
  report: (error) => {
    if (page.reportError) page.reportError(error);
    else console.error(error);
  },
  log: (text) => console.log(`[joystick-websockets] ${text}`),
};

function watch_page(on_signal: (signal: PageSignal) => void): () => void {
  const { document } = page;
  const back = () => on_signal('back');
  const offline = () => on_signal('offline');
  const shown = ({ persisted }: { persisted?: boolean }) => persisted && on_signal('back');
  const hidden = ({ persisted }: { persisted?: boolean }) => persisted && on_signal('leaving');
  const seen = () => document?.visibilityState === 'visible' && on_signal('seen');
  const each = (listen: Listen | undefined, listen_document: Listen | undefined) => {
    listen?.('online', back);
    listen?.('offline', offline);
    listen?.('pageshow', shown);
    listen?.('pagehide', hidden);
    listen_document?.('visibilitychange', seen);
  };
  each(page.addEventListener?.bind(page), document?.addEventListener.bind(document));
  return () =>
    each(page.removeEventListener?.bind(page), document?.removeEventListener.bind(document));
}
