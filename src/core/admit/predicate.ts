import { ignore_rejection } from '../base/thenable.ts';

/**
 * The answer of a user's predicate, which decides who is let in. A promise would be as good as
 * true: it is refused, and its own failure contained.
 *
 * @throws {TypeError} unless it is true or false.
 */
export function read_answer(option: string, answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  ignore_rejection(answer);
  throw new TypeError(`${option} must return true or false, and not a promise of it`);
}
