import { ClientError } from './errors.ts';

/** What a query string can carry; an array is a parameter that repeats. */
export type QueryValue = string | number | boolean;

/** A query where the endpoint does not declare its `params`. What is `undefined` is left out. */
export type QueryInput = Record<string, QueryValue | readonly QueryValue[] | undefined>;

/**
 * The parameters of a query, in the order of their names: equal queries make equal strings.
 *
 * @throws {ClientError} `bad_option`, where a value is not what a query string can carry.
 */
export function encode_query(query: unknown): URLSearchParams {
  // What is iterable (URLSearchParams, say) has no keys of its own: all of it would be lost without a word.
  if (typeof query !== 'object' || query === null || Symbol.iterator in query) {
    // What it is, not what it holds: that may be a token.
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
