import type { Broker } from '../../core/base/ports.ts';
import { check_options, check_timeout } from '../check_options.ts';
import { BROKER_CASES } from './broker_cases.ts';
import { create_endpoint_node, ENDPOINT_CASES } from './broker_endpoint_cases.ts';
import { BrokerNode } from './broker_node.ts';
import { Patience } from './expect.ts';

/** The functions of a test runner: of vitest, `node:test`, jest. */
export interface SuiteRunner {
  describe(title: string, body: () => void): unknown;
  it(title: string, body: () => Promise<void>): unknown;
}

export interface CheckBrokerOptions {
  /**
   * How long a case waits for the brokers, in seconds, once they are created. A case that waits longer fails and says what
   * did not happen. Keep it shorter than the runner's own time-out, which says nothing of the kind: 5 s by default in
   * vitest and jest.
   *
   * @default 4
   */
  timeout_in_seconds?: number | undefined;
}

/**
 * The suite that every broker passes; run it over one of your own:
 *
 * ```ts
 * import { describe, it } from 'node:test';
 * check_broker(() => my_broker({ url }), { describe, it });
 * ```
 *
 * @param create_broker makes the broker of one node; all that it makes share an engine. Each case
 * closes its own.
 * @throws {WebsocketsError} `bad_option`, if an option is unknown; `bad_argument`, if the time-out is no number of seconds.
 */
export function check_broker(
  create_broker: () => Broker | Promise<Broker>,
  { describe, it }: SuiteRunner,
  options: CheckBrokerOptions = {},
): void {
  check_options(options, ['timeout_in_seconds']);
  const { timeout_in_seconds = 4 } = options;
  check_timeout(timeout_in_seconds);
  describe('a broker', () => {
    for (const [title, check] of Object.entries(BROKER_CASES)) {
      it(title, async () => {
        await with_three(create_broker, async (...brokers) => {
          const patience = new Patience(timeout_in_seconds);
          const nodes = brokers.map((broker) => BrokerNode.start(broker, patience));
          await check(...((await Promise.all(nodes)) as Three<BrokerNode>));
        });
      });
    }
  });
  describe('endpoints that share a broker', () => {
    for (const [title, check] of Object.entries(ENDPOINT_CASES)) {
      it(title, async () => {
        await with_three(create_broker, async (...brokers) => {
          const patience = new Patience(timeout_in_seconds);
          const stranger = await BrokerNode.start(brokers[0], patience);
          const [a, b] = [create_endpoint_node(brokers[1]), create_endpoint_node(brokers[2])];
          try {
            await check(patience, a, b, stranger);
          } finally {
            await Promise.all([a.endpoint.close(), b.endpoint.close()]);
          }
        });
      });
    }
  });
}

type Three<Each> = [Each, Each, Each];

/** Closes what was created, also if not all of it could be. */
async function with_three(
  create_broker: () => Broker | Promise<Broker>,
  run: (...brokers: Three<Broker>) => Promise<void>,
): Promise<void> {
  const brokers: Broker[] = [];
  try {
    while (brokers.length < 3) brokers.push(await create_broker());
    await run(...(brokers as Three<Broker>));
  } finally {
    await Promise.all(brokers.map((broker) => broker.close()));
  }
}
