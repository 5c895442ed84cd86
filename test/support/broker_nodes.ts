import { type Broker, create_test_endpoint } from 'joystick-websockets/testing';
import { onTestFinished } from 'vitest';
import { recorder } from './events.ts';

/** An endpoint with one room. It publishes each message, and tells the sender whether it reached other nodes. */
const in_room = {
  on_open(connection: any) {
    connection.subscribe('room');
    const { id, topics = 0 } = connection.params;
    for (let number = 0; number < Number(topics); number++) connection.subscribe(`${id} ${number}`);
  },
  on_message: (message: unknown, connection: any) =>
    connection.send({ reached: connection.publish('room', message) }),
};

/** Creates a node with an endpoint, and a log that a test can wait for. It is closed when the test has finished. */
export function create_node(broker: Broker, name = 'node') {
  const log = recorder();
  const add = (message: string, { error }: Record<string, unknown>) =>
    log.add(error === undefined ? message : `${message}: ${(error as Error).message}`);
  const endpoint = create_test_endpoint(in_room, {
    name,
    broker,
    logger: { warn: add, error: add },
  });
  onTestFinished(() => endpoint.close());
  return {
    endpoint,
    log: log.entries as string[],
    /** Waits until the log has a line with this text, after the first `after` lines. */
    says(part: string, after = 0): Promise<void> {
      return log.until(() => log.entries.slice(after).some((line) => String(line).includes(part)));
    },
  };
}

export type Node = ReturnType<typeof create_node>;
type Client = Awaited<ReturnType<Node['endpoint']['connect']>>;

/** Sends a message. Resolves with the result of its publish. */
export async function say(client: Client, message: unknown): Promise<boolean> {
  client.send(message);
  for (;;) {
    const heard: any = await client.next_message();
    if (heard?.reached !== undefined) return heard.reached;
  }
}

let marks = 0;

/** Connects ada and bob to two nodes, and waits until each receives the other's messages. */
export async function join_nodes(a: Node, b: Node) {
  const [ada, bob] = [await a.endpoint.connect(), await b.endpoint.connect()];
  await until_joined(ada, bob);
  await until_joined(bob, ada);
  return { ada, bob };
}

/** Sends messages until one is received, because a subscription takes a moment to reach an engine. */
export async function until_joined(from: Client, to: Client): Promise<void> {
  const mark = `mark ${marks++}`;
  while (!to.received.includes(mark)) {
    await say(from, mark);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The messages that a client has received from others, without marks. */
export function heard_by(client: Client): unknown[] {
  return client.received.filter(
    (message: any) => !String(message).startsWith('mark') && message?.reached === undefined,
  );
}
