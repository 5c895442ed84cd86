/** A stretch of time, in milliseconds of the epoch. */
export interface Span {
  from: number;
  to: number;
}

/** What one client has heard. */
export interface Record {
  node: string;
  topic: string;
  /** From when its subscription surely holds, until it was cut. */
  span: Span;
  /** By publisher: the numbers, in the order of their arrival. */
  heard: Map<string, number[]>;
}

/** What was published, as far as anybody has heard it: publisher and topic → number → when. */
export type Published = Map<string, Map<number, number>>;

export interface Verdict {
  expected: number;
  missing: number;
  twice: number;
  out_of_order: number;
  local_expected: number;
  local_missing: number;
}

/** What is not counted before a disturbance: it may have been on its way. */
const UNDER_WAY = 500;

/**
 * @param outages of the engine, each until the last node was back.
 * @param deaths of nodes, each from its kill on.
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
  // Numbers have no gaps: what is missing among them, even its own node's clients have not heard.
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
