import type { RequestHeaders } from '../declare/connection.ts';
import { read_answer } from './predicate.ts';

/** Whether a page of this origin may connect. */
export type OriginPredicate = (
  origin: string,
  request: { readonly headers: RequestHeaders; readonly url: string },
) => boolean;

/** Which pages may connect, as it was parsed. */
export type OriginPolicy = 'same_host' | '*' | ReadonlySet<string> | OriginPredicate;

/** What is known of where a request comes from. */
export interface OriginFacts {
  readonly headers: RequestHeaders;
  readonly url: string;
  /** What the client calls this server: `Host`, or what a trusted proxy says it was. */
  readonly host: string | undefined;
}

/**
 * A client that sends no `Origin` is no browser and is admitted: what protects people is that their
 * browser tells which page asks (RFC 6455 §10.2).
 *
 * @throws what a predicate throws, or a `TypeError` where it returns no boolean.
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
  // What browsers nearly always send.
  if (policy === 'same_host' && is_verbatim(origin, facts.host)) return true;
  const normal = normalize_origin(origin);
  if (normal === undefined) return policy !== 'same_host' && policy.has(origin);
  if (policy !== 'same_host') return policy.has(normal);
  const { protocol, host } = new URL(normal);
  // An app's own scheme is no page of this host, whatever it calls itself.
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return facts.host !== undefined && host === normalize_host(protocol, facts.host);
}

function is_verbatim(origin: string, host: string | undefined): boolean {
  if (host === undefined || host === '' || !origin.endsWith(host)) return false;
  const scheme = origin.slice(0, -host.length);
  return scheme === 'https://' || scheme === 'http://';
}

/**
 * An origin as browsers write it (RFC 6454 §6.2): scheme, host and port, in lower case, without the
 * scheme's own port; `undefined` where it is none, `null` and a mere host included.
 */
export function normalize_origin(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text);
  // A wildcard is a valid host to the parser, and never one of a page.
  return host === '' || host.includes('*') ? undefined : `${protocol}//${host}`;
}

/** A `Host` without the port that the page's scheme has by itself. */
function normalize_host(protocol: string, host: string): string | undefined {
  const origin = normalize_origin(`${protocol}//${host}`);
  return origin === undefined ? undefined : new URL(origin).host;
}
