import { WebsocketsError } from '../core/base/errors.ts';
import { describe, Problems } from '../core/base/problems.ts';

/**
 * Checks that options are a plain object with known keys only.
 *
 * @throws {WebsocketsError} `bad_option`, which suggests the most similar known key.
 */
export function check_options(options: unknown, known: readonly string[]): void {
  const problems = new Problems();
  const fields = problems.read_object('options', options);
  if (fields !== undefined) problems.check_keys('options', fields, known);
  problems.throw_if_any();
}

/** @throws {WebsocketsError} `bad_argument`, unless it is a number of at least 0. */
export function check_timeout(seconds: unknown): void {
  if (typeof seconds === 'number' && seconds >= 0) return;
  throw new WebsocketsError(
    'bad_argument',
    `timeout_in_seconds must be a number of at least 0; got ${describe(seconds)}`,
    { argument: 'timeout_in_seconds' },
  );
}
