import fc from 'fast-check';
import { describe_case, type FuzzCase } from './case.ts';
import type { Difference } from './comparison.ts';
import { cases } from './grammar.ts';
import { Judge, type Judged } from './judge.ts';

/** What a fuzz has seen so far. */
export interface FuzzCounts {
  clients: number;
  frames: number;
  /** Messages that reached a handler of ws: so many of the frames were in order and came in time. */
  messages: number;
  /** How often each intended difference was seen. */
  readonly excused: Map<string, number>;
}

/** Lets generated clients meet both ws and another server, and compares what these do. */
export class Fuzz {
  readonly counts: FuzzCounts = { clients: 0, frames: 0, messages: 0, excused: new Map() };
  /** The client that is being judged. */
  current: FuzzCase | undefined;
  readonly #judged: Judged;
  readonly #judge = new Judge();

  constructor(judged: Judged) {
    this.#judged = judged;
  }

  /**
   * Judges so many clients.
   *
   * @param change what is different about them.
   * @returns the smallest difference that it finds, in words.
   */
  async run(
    seed: number,
    clients: number,
    limit_in_milliseconds: number,
    change: (fuzz_case: FuzzCase) => FuzzCase = (fuzz_case) => fuzz_case,
  ): Promise<string | undefined> {
    const property = fc.asyncProperty(cases, async (fuzz_case) => {
      const differences = await this.#differences(change(fuzz_case));
      if (differences.length > 0) throw new Error(describe(change(fuzz_case), differences));
    });
    const { failed, errorInstance } = await fc.check(property, {
      seed,
      numRuns: clients,
      interruptAfterTimeLimit: limit_in_milliseconds,
    });
    return failed ? (errorInstance as Error).message : undefined;
  }

  async #differences(fuzz_case: FuzzCase): Promise<readonly Difference[]> {
    this.current = fuzz_case;
    const { expected, differences, excused_by } = await this.#judge.judge(fuzz_case, this.#judged);
    const { counts } = this;
    counts.clients++;
    for (const { frames } of fuzz_case.pieces) counts.frames += frames;
    counts.messages += expected.messages.length;
    for (const name of excused_by) counts.excused.set(name, (counts.excused.get(name) ?? 0) + 1);
    return differences;
  }
}

const SHOWN_CHARACTERS = 1000;

function describe(fuzz_case: FuzzCase, differences: readonly Difference[]): string {
  const shown = (text: string) =>
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text || 'nothing';
  return [
    describe_case(fuzz_case),
    ...differences.map(
      ({ aspect, expected, actual }) =>
        `${aspect}:\n- of ws:\n${shown(expected)}\n- of this package:\n${shown(actual)}`,
    ),
  ].join('\n');
}
