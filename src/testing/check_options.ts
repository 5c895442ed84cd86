import { Problems } from '../core/problems.ts';

/**
 * Options should be a plain object, of which all is known.
 *
 * @throws {WebsocketsError} `bad_option`, which names the nearest that is known.
 */
export function check_options(options: unknown, known: readonly string[]): void {
  const problems = new Problems();
  const fields = problems.read_object('options', options);
  if (fields !== undefined) problems.check_keys('options', fields, known);
  problems.throw_if_any();
}
