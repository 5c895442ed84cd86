import type { RequestHeaders } from '../../core/declare/connection.ts';

/** Headers whose values many clients share, because they depend only on the browser and the site. */
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

// Two generations: a value is forgotten if no client sends it during the time that it takes to fill one generation.
let young = new Map<string, string>();
let old = new Map<string, string>();

/**
 * Returns headers as a connection keeps them. A value that other clients have sent, too (a host, a user agent), is
 * kept only once for all. Such values would otherwise be most of the memory of an idle connection.
 */
export function share_common_values(headers: RequestHeaders): RequestHeaders {
  const shared: Record<string, string | string[] | undefined> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    shared[name] = typeof value === 'string' && COMMON.has(name) ? share(value) : value;
  }
  return shared;
}

/** Returns the same object for equal strings. */
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
