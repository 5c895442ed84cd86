/** What the process of the clients reports of one client. Times are in milliseconds of the epoch. */
export type ClientReport = { readonly client: number; readonly at: number } & (
  | { readonly kind: 'open' }
  /** The first message of a connection that was opened then. */
  | { readonly kind: 'first message'; readonly opened_at: number }
  /** An attempt that failed, and why. */
  | { readonly kind: 'failed'; readonly reason: string }
);

/** What the process of a server is told. */
export type ServerOrder = 'listen' | 'close';

/** What the process of a server reports: it has started, it listens on a port, or its mount has closed. */
export type ServerReport =
  | { readonly pid: number }
  | { readonly port: number }
  | { readonly closed_at: number };
