import type { Broker } from '../../core/base/ports.ts';
import { channel_of } from '../../core/endpoint/audience.ts';
import { encode_envelope, encode_message } from '../../core/wire/frame.ts';
import type { TestClient } from '../test_client.ts';
import { create_test_endpoint, type TestEndpoint } from '../test_endpoint.ts';
import type { BrokerNode } from './broker_node.ts';
import { expect_equal, type Patience } from './expect.ts';

const NAME = 'checked';
const ROOM = channel_of(NAME, { to: 'topic', topic: 'room' });
const MESSAGES = 100;

/** Too short (1); a length in too many bytes (2); invalid UTF-8; compressed; a close frame. Each character is a byte. */
const MALFORMED_FRAMES = [
  '\x81\x05abc',
  '\x81\x7e\x00\x0412',
  '\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x0212',
  '\x81\x02\xc3(',
  '\xc1\x0212',
  '\x88\x02\x03\xe8',
];

/** An endpoint of one node, and the warnings that it has logged. */
export interface EndpointNode {
  endpoint: TestEndpoint;
  warnings: string[];
}

/** Creates an endpoint that publishes each message of a client to the other clients. */
export function create_endpoint_node(broker: Broker): EndpointNode {
  const warnings: string[] = [];
  const logger = { warn: (message: string) => warnings.push(message), error: () => {} };
  const definition = {
    on_open: (connection: { subscribe(topic: string): void }) => connection.subscribe('room'),
    on_message: (
      message: unknown,
      connection: { publish(topic: string, message: unknown): boolean },
    ) => connection.publish('room', message),
  };
  return { endpoint: create_test_endpoint(definition, { name: NAME, broker, logger }), warnings };
}

/** The cases that endpoints on nodes of one engine pass, with any engine. */
export const ENDPOINT_CASES: Record<
  string,
  (patience: Patience, a: EndpointNode, b: EndpointNode, stranger: BrokerNode) => Promise<void>
> = {
  'reach each other’s subscribers once and in order, and the publisher hears nothing': async (
    patience,
    a,
    b,
  ) => {
    const [ada, bob, eve] = [
      await a.endpoint.connect(),
      await b.endpoint.connect(),
      await b.endpoint.connect(),
    ];
    await until_heard(patience, ada, bob);
    await until_heard(patience, bob, ada);
    const numbers = Array.from({ length: MESSAGES }, (_, index) => index);
    for (const number of numbers) ada.send(number);
    for (const listener of [bob, eve]) {
      await until_heard(patience, ada, listener);
      expect_equal(numbers_of(listener), numbers);
    }
    expect_equal(numbers_of(ada), []);
  },

  'reach everyone, or those at an id, on every node': async (patience, a, b) => {
    const ada = await a.endpoint.connect({ params: { id: 'ada' } });
    const bob = await b.endpoint.connect({ params: { id: 'bob' } });
    await until_heard(patience, ada, bob);
    await until_heard(patience, bob, ada);
    await until_received(patience, bob, 'for bob', () => a.endpoint.send('for bob', 'bob'));
    await until_received(patience, ada, 'for ada', () => b.endpoint.send('for ada', 'ada'));
    a.endpoint.send(1);
    await until_heard(patience, ada, bob);
    for (const client of [ada, bob]) expect_equal(numbers_of(client), [1]);
    expect_equal(ada.received.includes('for bob'), false);
  },

  'ignore what is no envelope, with one warning': async (patience, a, b, stranger) => {
    const [ada, bob] = [await a.endpoint.connect(), await b.endpoint.connect()];
    await until_heard(patience, ada, bob);
    await patience.until(() => {
      stranger.publish(ROOM, 'no envelope');
      return a.warnings.length > 0 && b.warnings.length > 0;
    }, 'a warning');
    for (const start of ['', 'JW', 'JW\x01', 'JW\x02']) stranger.publish(ROOM, start);
    for (const frame of MALFORMED_FRAMES) {
      stranger.publish(ROOM, `JW\x01${'x'.repeat(16)}${frame}`);
    }
    // A valid envelope after the others: once it has arrived, they have arrived, too.
    const mark = encode_envelope(new Uint8Array(16), encode_message('a mark'));
    const send_mark = () => stranger.publish(ROOM, Buffer.from(mark).toString('latin1'));
    for (const listener of [ada, bob])
      await until_received(patience, listener, 'a mark', send_mark);
    ada.send(1);
    await until_heard(patience, ada, bob);
    expect_equal(numbers_of(bob), [1]);
    expect_equal([a.warnings.length, b.warnings.length], [1, 1]);
  },
};

let marks = 0;

/** Waits until all messages that one client has sent so far have reached the other. */
function until_heard(patience: Patience, from: TestClient, to: TestClient): Promise<void> {
  return until_received(patience, to, `mark ${marks++}`, (mark) => from.send(mark));
}

function until_received(
  patience: Patience,
  client: TestClient,
  text: string,
  send: (text: string) => void,
): Promise<void> {
  return patience.until(() => {
    if (client.received.includes(text)) return true;
    send(text);
    return false;
  }, `${text}, sent to a client of another node`);
}

function numbers_of(client: TestClient): unknown[] {
  return client.received.filter((message) => typeof message === 'number');
}
