import type { RequestHeaders } from '../declare/connection.ts';
import { read_answer } from './predicate.ts';

/** Whether a page of this origin may connect. */
export type OriginPredicate = (
  origin: string,
  request: { readonly headers: RequestHeaders; readonly url: string },
) => boolean;

/** The parsed option `allowed_origins`: which pages may connect. */
export type OriginPolicy = 'same_host' | '*' | ReadonlySet<string> | OriginPredicate;

/** The parts of a request that tell which page it comes from. */
export interface OriginFacts {
  readonly headers: RequestHeaders;
  readonly url: string;
  /** The host name that the client used for this server: from `Host`, or from a trusted proxy. */
  readonly host: string | undefined;
}

/**
 * Whether a page of this origin may connect (RFC 6455 §10.2). A client without an `Origin` header is
 * not a browser and is admitted: the check protects users against other pages in their own browser.
 *
 * @throws the error of a predicate that throws, or a `TypeError` if the predicate does not return a boolean.
 */
export function is_origin_allowed(policy: OriginPolicy, facts: OriginFacts): boolean {
  const { origin } = facts.headers;
  if (origin === undefined || policy === '*') return true;
  if (typeof policy === 'function') {
    return read_answer(
      'allowed_origins',
      policy(origin, { headers: facts.headers, url: facts.url }),
    );
  }
  // A fast path: browsers nearly always send the origin in normal form.
  if (policy === 'same_host' && is_verbatim(origin, facts.host)) return true;
  const normal = normalize_origin(origin);
  if (normal === undefined) return policy !== 'same_host' && policy.has(origin);
  if (policy !== 'same_host') return policy.has(normal);
  const { protocol, host } = new URL(normal);
  // An origin with a custom scheme, such as app://host, is not a page of this host.
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return facts.host !== undefined && host === normalize_host(protocol, facts.host);
}

function is_verbatim(origin: string, host: string | undefined): boolean {
  if (host === undefined || host === '' || !origin.endsWith(host)) return false;
  const scheme = origin.slice(0, -host.length);
  return scheme === 'https://' || scheme === 'http://';
}

/**
 * Returns an origin as browsers write it (RFC 6454 §6.2): scheme, host and port, in lower case, without the
 * scheme's default port. Returns `undefined` if the text is not an origin, as for `null` or a host name alone.
 */
export function normalize_origin(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text);
  // The URL parser accepts a wildcard in a host, but no page has such a host.
  return host === '' || host.includes('*') ? undefined : `${protocol}//${host}`;
}

/** Removes the default port of the page's scheme from a `Host`. */
function normalize_host(protocol: string, host: string): string | undefined {
  const origin = normalize_origin(`${protocol}//${host}`);
  return origin === undefined ? undefined : new URL(origin).host;
}
