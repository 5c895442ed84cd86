import { describe } from '../base/problems.ts';
import { ignore_rejection } from '../base/thenable.ts';

/**
 * Checks the answer of a custom predicate that decides whether a client is admitted. A promise is an error, because it
 * would count as true. If that promise rejects later, its error is ignored.
 *
 * @throws {TypeError} unless the answer is true or false.
 */
export function read_answer(option: string, answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  ignore_rejection(answer);
  const got = answer instanceof Promise ? 'a promise' : describe(answer);
  throw new TypeError(`${option} must return true or false; got ${got}`);
}
