import type { RequestHeaders } from '../core/connection.ts';

/** Values that are as good as one client's own; the rest many clients have in common. */
const OWN_TO_A_CLIENT = new Set(['authorization', 'cookie', 'sec-websocket-key']);
const MAX_REMEMBERED_VALUES = 2000;
const MAX_REMEMBERED_LENGTH = 256;

const remembered = new Map<string, string>();

/**
 * Headers as a connection keeps them: a value that others sent as well (a host, an origin, a
 * user agent) is kept once for all, which is most of what an idle connection would cost.
 */
export function share_values(headers: RequestHeaders): RequestHeaders {
  const shared: Record<string, string | string[] | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    shared[name] =
      typeof value === 'string' && !OWN_TO_A_CLIENT.has(name) ? remember(value) : value;
  }
  return shared;
}

function remember(value: string): string {
  const known = remembered.get(value);
  if (known !== undefined) return known;
  if (value.length <= MAX_REMEMBERED_LENGTH && remembered.size < MAX_REMEMBERED_VALUES) {
    remembered.set(value, value);
  }
  return value;
}
