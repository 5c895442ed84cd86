import { ClientError } from './errors.ts';

/** A value that a query string can carry. */
export type QueryValue = string | number | boolean;

/**
 * A query for an endpoint that does not declare its `params`. An array repeats its parameter; a parameter that is
 * `undefined` is omitted.
 */
export type QueryInput = Record<string, QueryValue | readonly QueryValue[] | undefined>;

/**
 * Returns the parameters of a query, sorted by name, so that equal queries result in equal strings.
 *
 * @throws {ClientError} `bad_option`, if a query string cannot carry a value.
 */
export function encode_query(query: unknown): URLSearchParams {
  // An iterable (for example URLSearchParams) has no keys of its own: its content would be lost silently.
  if (typeof query !== 'object' || query === null || Symbol.iterator in query) {
    // Only the type, because the content may be a token.
    const tag = Object.prototype.toString.call(query);
    throw new ClientError('bad_option', `query must be a plain object; got ${tag}`);
  }
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each === undefined) continue;
      if (!['string', 'number', 'boolean'].includes(typeof each)) {
        throw new ClientError(
          'bad_option',
          `query.${name} must be a string, a number, a boolean or an array of these; got ${each === null ? null : typeof each}`,
        );
      }
      parameters.append(name, each);
    }
  }
  return parameters;
}
