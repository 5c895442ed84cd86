import type { Broker } from '../core/ports.ts';
import { BROKER_CASES } from './broker_cases.ts';
import { create_endpoint_node, ENDPOINT_CASES } from './broker_endpoint_cases.ts';
import { BrokerNode } from './broker_node.ts';

/** The functions of a test runner: of vitest, `node:test`, jest. */
export interface SuiteRunner {
  describe(title: string, body: () => void): unknown;
  it(title: string, body: () => Promise<void>): unknown;
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
 */
export function check_broker(
  create_broker: () => Broker | Promise<Broker>,
  { describe, it }: SuiteRunner,
): void {
  const start = () => BrokerNode.start(create_broker);
  describe('a broker', () => {
    for (const [title, check] of Object.entries(BROKER_CASES)) {
      it(title, async () => {
        const [a, b, c] = [await start(), await start(), await start()];
        try {
          await check(a, b, c);
        } finally {
          await Promise.all([a, b, c].map(({ broker }) => broker.close()));
        }
      });
    }
  });
  describe('endpoints that share a broker', () => {
    for (const [title, check] of Object.entries(ENDPOINT_CASES)) {
      it(title, async () => {
        const stranger = await start();
        const a = create_endpoint_node(await create_broker());
        const b = create_endpoint_node(await create_broker());
        try {
          await check(a, b, stranger);
        } finally {
          const closing = [a.endpoint, b.endpoint, stranger.broker].map((each) => each.close());
          await Promise.all(closing);
        }
      });
    }
  });
}
