/** A report about one client, from the process of the clients. Times are in milliseconds since the epoch. */
export type ClientReport = { readonly client: number; readonly at: number } & (
  | { readonly kind: 'open' }
  /** The first message of a connection that was opened at `opened_at`. */
  | { readonly kind: 'first message'; readonly opened_at: number }
  /** A failed attempt, and its reason. */
  | { readonly kind: 'failed'; readonly reason: string }
);

/** An order to the process of a server. */
export type ServerOrder = 'listen' | 'close';

/** A report from the process of a server: it has started, it listens on a port, or its mount has closed. */
export type ServerReport =
  | { readonly pid: number }
  | { readonly port: number }
  | { readonly closed_at: number };
