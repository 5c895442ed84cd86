import type { Outcome } from './outcome.ts';
import { is_close, read_written } from './written_frames.ts';

/** How exactly two outcomes have to agree. What is not named has to be the same. */
export interface Tolerance {
  /** Messages that reach the handler may end earlier. */
  readonly fewer_messages?: boolean;
  /** Either list of messages may end earlier. */
  readonly any_messages?: boolean;
  /** `on_close` is called once, with any code. */
  readonly any_close?: boolean;
  /** The output may end earlier. */
  readonly less_output?: boolean;
  /** Either output may end earlier. */
  readonly any_output?: boolean;
  /** Messages, pongs and close frames are each in order, but not among each other. */
  readonly any_interleaving?: boolean;
  /** Either list of pongs may end earlier. */
  readonly any_pongs?: boolean;
  /** Pings may remain unanswered if a later one is answered (RFC 6455 §5.5.3). */
  readonly fewer_pongs?: boolean;
  /** Whether the server or the client ends first depends on time. */
  readonly any_end?: boolean;
}

export interface Difference {
  readonly aspect: string;
  readonly expected: string;
  readonly actual: string;
}

/** In what a server differs from what is expected of it. */
export function compare(
  expected: Outcome,
  actual: Outcome,
  tolerance: Tolerance = {},
): Difference[] {
  const differences: Difference[] = [];
  const check = (aspect: string, wanted: string, found: string, agree = wanted === found) => {
    if (!agree) differences.push({ aspect, expected: wanted, actual: found });
  };
  const check_list = (
    aspect: string,
    wanted: readonly string[],
    found: readonly string[],
    agree: Agreement,
  ) => {
    check(aspect, wanted.join('\n'), found.join('\n'), agree(wanted, found));
  };

  check('response', expected.response, actual.response);
  const messages_agree = agreement(tolerance.fewer_messages, tolerance.any_messages);
  check_list('messages', expected.messages, actual.messages, messages_agree);
  const closes_agree: Agreement = tolerance.any_close ? is_as_long : is_same;
  check_list('on_close', expected.closes, actual.closes, closes_agree);
  if (!tolerance.any_end) check('end of the stream', expected.ended, actual.ended);

  const wanted = read_written(expected.output);
  const found = read_written(actual.output);
  const output_agrees = agreement(tolerance.less_output, tolerance.any_output);
  if (tolerance.any_interleaving || tolerance.fewer_pongs) {
    const pongs_agree = tolerance.any_pongs ? is_prefix_of_either : output_agrees;
    check_list('messages sent', wanted.data, found.data, output_agrees);
    check_list(
      'pongs',
      wanted.pongs,
      found.pongs,
      tolerance.fewer_pongs ? is_subsequence : pongs_agree,
    );
    check_list('close frames', wanted.closes, found.closes, output_agrees);
  } else {
    check_list('output', wanted.all, found.all, output_agrees);
  }
  const close_at = found.all.findIndex(is_close);
  const behind_close = close_at === -1 ? [] : found.all.slice(close_at + 1);
  check_list('output behind the close frame', [], behind_close, is_same);
  return differences;
}

type Agreement = (expected: readonly string[], actual: readonly string[]) => boolean;

function agreement(may_be_shorter = false, may_be_longer = false): Agreement {
  if (may_be_longer) return is_prefix_of_either;
  return may_be_shorter ? is_prefix : is_same;
}

const is_as_long: Agreement = (expected, actual) => expected.length === actual.length;

const is_same: Agreement = (expected, actual) =>
  is_as_long(expected, actual) && is_prefix(expected, actual);

/** Whether what was found is what was expected, as far as it goes. */
const is_prefix: Agreement = (expected, actual) =>
  actual.every((entry, index) => entry === expected[index]);

const is_prefix_of_either: Agreement = (expected, actual) =>
  is_prefix(expected, actual) || is_prefix(actual, expected);

/** Whether entries are missing at most, and not the last one. */
const is_subsequence: Agreement = (expected, actual) => {
  let at = 0;
  for (const entry of expected) if (entry === actual[at]) at++;
  return at === actual.length && actual.at(-1) === expected.at(-1);
};
