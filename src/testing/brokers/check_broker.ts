import type { Broker } from '../../core/base/ports.ts';
import { check_options, check_timeout } from '../check_options.ts';
import { BROKER_CASES } from './broker_cases.ts';
import { create_endpoint_node, ENDPOINT_CASES } from './broker_endpoint_cases.ts';
import { BrokerNode } from './broker_node.ts';
import { Patience } from './expect.ts';

/** The functions of a test runner, for example of vitest, `node:test` or jest. */
export interface SuiteRunner {
  describe(title: string, body: () => void): unknown;
  it(title: string, body: () => Promise<void>): unknown;
}

/** The options of {@link check_broker}. */
export interface CheckBrokerOptions {
  /**
   * The maximum time that a case waits for its brokers, in seconds, once they are created. After that, the case fails, and
   * its message says what did not happen. Choose a shorter time than the runner's own timeout (5 s by default in vitest
   * and jest), because the runner's message does not say this.
   *
   * @default 4
   */
  timeout_in_seconds?: number | undefined;
}

/**
 * Defines the tests that every broker passes. Run them to check your own broker:
 *
 * ```ts
 * import { describe, it } from 'node:test';
 * check_broker(() => my_broker({ url }), { describe, it });
 * ```
 *
 * @param create_broker creates the broker of one node, always with the same engine. Each test closes its brokers.
 * @throws {WebsocketsError} `bad_option`, if an option is unknown; `bad_argument`, if the timeout is not a number of
 * seconds.
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

/** Runs a check with three brokers, and closes them. If one cannot be created, closes the others. */
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
