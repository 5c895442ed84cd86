import type { BrokerNode } from './broker_node.ts';
import { expect_equal } from './expect.ts';

const MESSAGES = 300;

/** The cases that every broker passes: a title, and a check over three nodes of one engine. */
export const BROKER_CASES: Record<
  string,
  (a: BrokerNode, b: BrokerNode, c: BrokerNode) => Promise<void>
> = {
  'carries each envelope once, to every subscriber': async (a, b, c) => {
    await b.listen('once', a);
    await c.listen('once', a);
    a.publish('once', 'hello');
    expect_equal(await b.take('once', a), ['hello']);
    expect_equal(await c.take('once', a), ['hello']);
  },

  'keeps the order of each publisher to a channel': async (a, b, c) => {
    await c.listen('order', a, b);
    const numbers = Array.from({ length: MESSAGES }, (_, index) => index);
    for (const number of numbers) {
      a.publish('order', `a ${number}`);
      b.publish('order', `b ${number}`);
    }
    const arrived = [...(await c.take('order', a)), ...(await c.take('order', b))];
    for (const publisher of ['a', 'b']) {
      expect_equal(
        arrived.filter((text) => text.startsWith(publisher)),
        numbers.map((number) => `${publisher} ${number}`),
      );
    }
  },

  'carries bytes of any value and size': async (a, b) => {
    await b.listen('bytes', a);
    const every_byte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const sent = ['', '\0', every_byte, every_byte.repeat(1024)];
    for (const text of sent) a.publish('bytes', text);
    expect_equal(await b.take('bytes', a), sent);
  },

  'keeps channels apart, whatever their names': async (a, b) => {
    const channels = [
      'a.b',
      'a.*',
      'a.>',
      '*',
      'a b',
      ':é😀\n',
      'x'.repeat(300),
      '__proto__',
      '\ud800',
      '\ud801',
    ];
    for (const channel of channels) await b.listen(channel, a);
    for (const channel of channels) a.publish(channel, `to ${channel.length}`);
    for (const channel of channels) {
      expect_equal(await b.take(channel, a), [`to ${channel.length}`]);
    }
  },

  'reports nothing more of a channel once it is unsubscribed, and the rest as before': async (
    a,
    b,
  ) => {
    await b.listen('left', a);
    await b.listen('kept', a);
    await b.leave('left', a, 'kept');
    a.publish('left', 'no');
    a.publish('kept', 'yes');
    expect_equal(await b.take('kept', a), ['yes']);
    expect_equal(b.taken('left'), []);
    await b.listen('left', a);
    a.publish('left', 'again');
    expect_equal(await b.take('left', a), ['again']);
  },

  'reports nothing after it is closed, and takes no harm from being used': async (a, b, c) => {
    await b.listen('closed', a);
    await c.listen('closed', a);
    await b.broker.close();
    expect_equal(b.broker.is_ready, false);
    a.publish('closed', 'no');
    expect_equal(await c.take('closed', a), ['no']);
    expect_equal(b.taken('closed'), []);
    b.publish('closed', 'no');
    b.broker.subscribe('closed');
    b.broker.unsubscribe('closed');
    await b.broker.close();
    a.publish('closed', 'yes');
    expect_equal(await c.take('closed', a), ['yes']);
  },
};
