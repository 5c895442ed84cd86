import type { RequestHeaders } from '../../core/declare/connection.ts';

/** What says nothing of a single client: its browser's kind, and the site that it is at. */
const COMMON = new Set([
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'host',
  'origin',
  'pragma',
  'sec-websocket-extensions',
  'sec-websocket-version',
  'upgrade',
  'user-agent',
]);
const MAX_VALUES = 500;
const MAX_LENGTH = 256;

// Two generations: what nobody has sent for as long as it takes to fill one is forgotten.
let young = new Map<string, string>();
let old = new Map<string, string>();

/**
 * Headers as a connection keeps them: a value that others sent as well (a host, a user agent)
 * is kept once for all, which is most of what an idle connection would cost.
 */
export function share_common_values(headers: RequestHeaders): RequestHeaders {
  const shared: Record<string, string | string[] | undefined> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    shared[name] = typeof value === 'string' && COMMON.has(name) ? share(value) : value;
  }
  return shared;
}

/** The same string, as others were given it. */
export function share(value: string): string {
  if (value.length > MAX_LENGTH) return value;
  const young_value = young.get(value);
  if (young_value !== undefined) return young_value;
  const known = old.get(value) ?? value;
  if (young.size >= MAX_VALUES) {
    old = young;
    young = new Map();
  }
  young.set(known, known);
  return known;
}
