import type { FuzzCase } from './case.ts';
import { compare, type Difference, type Tolerance } from './comparison.ts';
import { INTENDED, type IntendedDifference } from './intended.ts';
import { Oracle } from './oracle.ts';
import type { Outcome } from './outcome.ts';

export interface Verdict {
  /** What ws does. */
  readonly expected: Outcome;
  /** Differences that are not intended. */
  readonly differences: readonly Difference[];
  /** The rows of {@link INTENDED} without which there would be some. */
  readonly excused_by: readonly string[];
}

export interface Judged {
  play(fuzz_case: FuzzCase, expected: Outcome): Promise<Outcome>;
}

/** Compares with ws what a server makes of a case, and excuses what is intended. */
export class Judge {
  readonly #oracle = new Oracle();
  readonly #oracles = new Map<IntendedDifference, Oracle>();

  constructor() {
    for (const row of INTENDED) {
      if (row.options !== undefined) this.#oracles.set(row, new Oracle(row.options));
    }
  }

  async judge(fuzz_case: FuzzCase, subject: Judged): Promise<Verdict> {
    const expected = await this.#oracle.play(fuzz_case);
    const actual = await subject.play(fuzz_case, expected);
    const differences = compare(expected, actual);
    if (differences.length === 0) return { expected, differences, excused_by: [] };

    // By the rows that change only how exactly the two agree; then with each other behaviour of ws.
    const rows = INTENDED.filter((row) => !row.options && row.applies(fuzz_case, expected, actual));
    let fewest = compare(expected, actual, merge(rows));
    if (fewest.length === 0) return { expected, differences: [], excused_by: names_of(rows) };
    for (const [row, oracle] of this.#oracles) {
      const otherwise = await oracle.play(fuzz_case);
      const rows = INTENDED.filter((each) => each === row || !each.options).filter((each) =>
        each.applies(fuzz_case, otherwise, actual),
      );
      if (!rows.includes(row)) continue;
      const differences = compare(otherwise, actual, merge(rows));
      if (differences.length === 0) return { expected, differences, excused_by: names_of(rows) };
      if (differences.length <= fewest.length) fewest = differences;
    }
    return { expected, differences: fewest, excused_by: [] };
  }
}

function merge(rows: readonly IntendedDifference[]): Tolerance {
  return Object.assign({}, ...rows.map(({ tolerance }) => tolerance));
}

function names_of(rows: readonly IntendedDifference[]): string[] {
  return rows.map(({ name }) => name);
}
