import { Problems } from '../core/problems.ts';

/**
 * What is left of some options once all that are known were taken should be nothing.
 *
 * @throws {WebsocketsError} `bad_option`, which names the nearest that is known.
 */
export function check_no_others(path: string, others: object, known: readonly string[]): void {
  const problems = new Problems();
  problems.check_keys(path, new Map(Object.entries(others)), known);
  problems.throw_if_any();
}
