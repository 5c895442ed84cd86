import type { Clock } from '../../core/base/ports.ts';

/** What the client uses of a WebSocket: that of a browser, or of `ws`. */
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

export type WebSocketClass = new (url: string, protocols?: string | string[]) => PlatformSocket;

/** `readyState` of a socket that messages can be sent on. */
export const OPEN = 1;

/**
 * What a page learns about itself:
 *
 * - `back`: it is online again, or out of the back/forward cache.
 * - `seen`: it is in front again; its timers may be late.
 * - `leaving`: it may be put into the back/forward cache, where no connection lives; some browsers
 *   put no page there that has one.
 * - `offline`: no network is left, and a connection over it would be noticed to be dead much later.
 */
export type PageSignal = 'back' | 'seen' | 'leaving' | 'offline';

/** All that the client asks of the outside. */
export interface Platform {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** From 0 up to, not including, 1. */
  random(): number;
  readonly WebSocket: WebSocketClass | undefined;
  /** The page's address. */
  readonly base: string | undefined;
  /** Calls for each signal; returns what stops that. */
  watch(on_signal: (signal: PageSignal) => void): () => void;
  /** Makes an error one of the page that nobody caught. */
  report(error: unknown): void;
  log(text: string): void;
}

type Listen = (type: string, listener: (event: { persisted?: boolean }) => void) => void;

/** What there may be of a page; of all this, Node has some and a worker most. */
interface PageGlobals {
  WebSocket?: WebSocketClass;
  location?: { href: string };
  document?: { visibilityState: string; addEventListener: Listen; removeEventListener: Listen };
  addEventListener?: Listen;
  removeEventListener?: Listen;
  reportError?: (error: unknown) => void;
}

const page = globalThis as PageGlobals;

/** The platform that this runs on. */
export const own_platform: Platform = {
  clock: {
    now: () => performance.now(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  random: Math.random,
  // Asked each time: a page may come to have one, or a test replace it.
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
