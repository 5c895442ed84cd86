import type { Broker } from '../core/ports.ts';
import { BROKER_CASES } from './broker_cases.ts';
import {
  create_endpoint_node,
  ENDPOINT_CASES,
  type EndpointNode,
} from './broker_endpoint_cases.ts';
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
        await with_closed(async (closes) => {
          const [a, b, c] = [closes(await start()), closes(await start()), closes(await start())];
          await check(a, b, c);
        });
      });
    }
  });
  describe('endpoints that share a broker', () => {
    for (const [title, check] of Object.entries(ENDPOINT_CASES)) {
      it(title, async () => {
        await with_closed(async (closes) => {
          const stranger = closes(await start());
          const a = closes(create_endpoint_node(await create_broker()));
          const b = closes(create_endpoint_node(await create_broker()));
          await check(a, b, stranger);
        });
      });
    }
  });
}

/** Closes what was started, also where not all of it could be. */
async function with_closed(
  run: (closes: <Node extends BrokerNode | EndpointNode>(node: Node) => Node) => Promise<void>,
): Promise<void> {
  const started: (BrokerNode | EndpointNode)[] = [];
  try {
    await run((node) => {
      started.push(node);
      return node;
    });
  } finally {
    await Promise.all(
      started.map((node) => ('broker' in node ? node.broker : node.endpoint).close()),
    );
  }
}
