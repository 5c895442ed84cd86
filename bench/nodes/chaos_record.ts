/** A period of time, in milliseconds since the epoch. */
export interface Span {
  from: number;
  to: number;
}

/** The messages that one client has received. */
export interface Record {
  node: string;
  topic: string;
  /** From the time its subscription certainly exists until its connection was terminated. */
  span: Span;
  /** The numbers of the messages in the order of their arrival, by publisher. */
  heard: Map<string, number[]>;
}

/** All messages that at least one client has received: publisher and topic → number → time of publication. */
export type Published = Map<string, Map<number, number>>;

export interface Verdict {
  expected: number;
  missing: number;
  twice: number;
  out_of_order: number;
  local_expected: number;
  local_missing: number;
}

/** The time before a disturbance, in milliseconds, whose messages are not counted: they may have been in flight. */
const UNDER_WAY = 500;

/**
 * Counts the messages that were expected, and those that are missing, repeated or out of order.
 *
 * @param outages the outages of the engine, each until the last node was back.
 * @param deaths the outages of nodes, each from the time it was killed.
 */
export function judge(
  records: Record[],
  published: Published,
  outages: Span[],
  deaths: (Span & { node: string })[],
): Verdict {
  const verdict = {
    expected: 0,
    missing: 0,
    twice: 0,
    out_of_order: 0,
    local_expected: 0,
    local_missing: 0,
  };
  // Publishers leave no gaps between numbers. If one is missing here, even clients of the same node have not received it.
  for (const numbers of published.values()) {
    verdict.local_missing += Math.max(...numbers.keys()) - numbers.size;
  }
  for (const { node, topic, span, heard } of records) {
    for (const numbers of heard.values()) count_repetitions(numbers, verdict);
    for (const [key, numbers] of published) {
      const [publisher = '', of_topic] = key.split('|');
      if (of_topic !== topic) continue;
      const got = new Set(heard.get(publisher));
      const is_local = publisher.startsWith(`${node} `);
      const disturbances = is_local ? [] : outages;
      const of_nodes = deaths.filter(
        (death) => publisher.startsWith(death.node) || death.node === node,
      );
      for (const [number, at] of numbers) {
        const is_during = ({ from, to }: Span) => at > from - UNDER_WAY && at < to;
        if (at < span.from || at > span.to - UNDER_WAY) continue;
        if ([...disturbances, ...of_nodes].some(is_during)) continue;
        if (is_local) verdict.local_expected++;
        else verdict.expected++;
        if (got.has(number)) continue;
        if (is_local) verdict.local_missing++;
        else verdict.missing++;
      }
    }
  }
  return verdict;
}

function count_repetitions(numbers: number[], verdict: Verdict): void {
  const seen = new Set<number>();
  let last = 0;
  for (const number of numbers) {
    if (seen.has(number)) verdict.twice++;
    else if (number < last) verdict.out_of_order++;
    seen.add(number);
    last = number;
  }
}
