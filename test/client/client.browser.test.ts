import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { missing_browser, use_browser } from '../support/browser.ts';
import { recorder } from '../support/events.ts';
import { bundle, serve_site } from '../support/site.ts';

// The page keeps its connections and what they are told by their names, for the tests to look at.
const SCRIPT = `
import { connect, connect_component_websockets, create_client } from 'joystick-websockets/client';
const connections = {};
const told = {};
const events_of = (name) => Object.fromEntries(
  ['on_open', 'on_message', 'on_close', 'on_error', 'on_reconnect', 'on_state_change'].map((event) => [
    event,
    (...args) => (told[name] ??= []).push([event, ...args.slice(0, -1).map((arg) => arg?.code ?? arg)]),
  ]),
);
const open = (name, endpoint, options) => {
  connections[name] = connect(endpoint, { ...options, events: events_of(name) });
};
addEventListener('pageshow', ({ persisted }) => { globalThis.came_out_of_the_cache = persisted; });
Object.assign(globalThis, {
  connections, told, events_of, open, connect, connect_component_websockets, create_client,
});
`;

const echo = {
  on_message: (message: unknown, connection: { send(message: unknown): boolean }) =>
    connection.send({ echo: message }),
};

describe.skipIf(missing_browser)('a page with the client', () => {
  const { open_page } = use_browser();
  let script: string;
  beforeAll(async () => {
    script = await bundle(SCRIPT);
  });

  test('connects to its own server, sends and receives', async () => {
    const seen = recorder();
    const site = await serve_site(script, {
      chat: {
        on_open: (connection) => seen.add(connection.params),
        ...echo,
        on_close: (code, reason) => seen.add([code, reason]),
      },
    });
    const page = await open_page(site.url);
    await page.evaluate(`open('a', 'chat', { query: { room: 'lobby', tag: ['x', 'y'], n: 5 } })`);
    await page.evaluate(`connections.a.send({ text: 'hello' }) && connections.a.send('text')`);
    await told(page, 'a', 4);
    expect(await page.evaluate('told.a')).toEqual([
      ['on_state_change', 'open'],
      ['on_open'],
      ['on_message', { echo: { text: 'hello' } }],
      ['on_message', { echo: 'text' }],
    ]);
    await page.evaluate(`connections.a.close(3001, 'enough')`);
    await seen.reaches(2);
    expect(seen.entries).toEqual([{ room: 'lobby', tag: ['x', 'y'], n: '5' }, [3001, 'enough']]);
  });

  test('loses no message that was sent while the server restarted, and keeps their order', async () => {
    const received: unknown[] = [];
    const all_there = recorder();
    const site = await serve_site(script, {
      chat: {
        on_message: (message) => {
          received.push(message);
          if (message === 'last') all_there.add('all');
        },
      },
    });
    const page = await open_page(site.url);
    await page.evaluate(`open('a', 'chat')`);
    await state(page, 'a', 'open');
    await site.stop();
    await state(page, 'a', 'reconnecting');
    await page.evaluate(`for (let n = 0; n < 200; n++) connections.a.send(n)`);
    await site.start();
    await page.evaluate(`connections.a.send('last')`);
    await all_there.reaches(1);
    expect(received).toEqual([...Array.from({ length: 200 }, (_, n) => n), 'last']);
    const events = (await page.evaluate('told.a')) as unknown[][];
    expect(events.filter(([name]) => name === 'on_close')).toEqual([
      ['on_close', 1012, 'the server is restarting'],
    ]);
    expect(events.filter(([name]) => name === 'on_reconnect')).toHaveLength(1);
  });

  test('gets both of two endpoints back', async () => {
    const site = await serve_site(script, { chat: echo, news: echo });
    const page = await open_page(site.url);
    await page.evaluate(`open('a', 'chat'); open('b', 'news')`);
    for (const name of ['a', 'b']) await state(page, name, 'open');
    await site.stop();
    for (const name of ['a', 'b']) await state(page, name, 'reconnecting');
    await site.start();
    for (const name of ['a', 'b']) await state(page, name, 'open');
    await page.evaluate(`connections.a.send('to chat'); connections.b.send('to news')`);
    await page.waitForFunction(
      `told.a.at(-1)[1]?.echo === 'to chat' && told.b.at(-1)[1]?.echo === 'to news'`,
    );
  });

  test('is back at once when it comes online', async () => {
    const site = await serve_site(script, { chat: echo });
    const page = await open_page(site.url);
    // Without the event it would take more than a test's time.
    const options = `{ options: { reconnect_delay_in_seconds: 1000, max_reconnect_delay_in_seconds: 1000 } }`;
    await page.evaluate(`open('a', 'chat', ${options})`);
    await state(page, 'a', 'open');
    await page.context().setOffline(true);
    await state(page, 'a', 'reconnecting');
    await page.evaluate(`connections.a.send('written offline')`);
    await page.context().setOffline(false);
    await page.waitForFunction(`told.a.at(-1)[1]?.echo === 'written offline'`);
    expect(await page.evaluate('connections.a.state')).toBe('open');
  });

  test('tries as soon as it is seen again, though its timers are held back', async () => {
    const site = await serve_site(script, { chat: echo });
    const page = await open_page(site.url);
    // No timer runs any more: a page in the background is throttled to one a minute at worst.
    await page.evaluate('globalThis.setTimeout = () => 0');
    await page.evaluate(`open('a', 'chat', { options: { reconnect_delay_in_seconds: 0.001 } })`);
    await state(page, 'a', 'open');
    await site.stop();
    await state(page, 'a', 'reconnecting');
    await site.start();
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await state(page, 'a', 'open');
  });

  test('is told each time that a server refuses it, and goes on', async () => {
    const site = await serve_site(script, { chat: { on_upgrade: refuse } });
    const page = await open_page(site.url);
    const options = '{ options: { reconnect_delay_in_seconds: 0.01, reconnect_attempts: 2 } }';
    for (const [name, endpoint] of [
      ['refused', 'chat'],
      ['unknown', 'chats'],
    ] as const) {
      await page.evaluate(`open('${name}', '${endpoint}', ${options})`);
      await state(page, name, 'closed');
      const events = (await page.evaluate(`told.${name}`)) as unknown[][];
      expect(events.filter(([event]) => event === 'on_error')).toEqual(
        Array(3).fill(['on_error', 'attempt_failed']),
      );
      expect(events.at(-1)).toEqual(['on_close', 1006, '']);
    }
  });

  test('survives what is not JSON, and its own handlers', async () => {
    const site = await serve_site(script, {
      chat: {
        on_open: (connection) => {
          connection.send('not JSON');
          connection.send('{"text":"JSON"}');
        },
      },
    });
    const page = await open_page(site.url);
    const uncaught = recorder();
    page.on('pageerror', (error) => uncaught.add(error.message));
    await page.evaluate(`open('a', 'chat')`);
    await page.waitForFunction(`told.a?.at(-1)[0] === 'on_message'`);
    expect(await page.evaluate('told.a.slice(-2)')).toEqual([
      ['on_error', 'invalid_message'],
      ['on_message', { text: 'JSON' }],
    ]);
    await page.evaluate(`{
      const on_message = () => { throw new Error('of a handler'); };
      connections.b = connect('chat', { events: { on_message } });
    }`);
    await uncaught.reaches(2);
    expect(uncaught.entries).toEqual(['a message from chat is not JSON: not JSON', 'of a handler']);
    expect(await page.evaluate('connections.b.state')).toBe('open');
  });

  test('binds the endpoints of a component in one line, in the shape of the framework', async () => {
    const site = await serve_site(script, { chat: echo, news: echo });
    const page = await open_page(site.url);
    await page.evaluate(`{
      globalThis.instance = { seen: [] };
      const websockets = (instance) => ({
        chat: {
          options: { logging: true, auto_reconnect: true, reconnect_attempts: 12, reconnect_delay_in_seconds: 5 },
          query: { user: 'ada' },
          events: {
            on_open: (connection) => connection.send({ text: 'hello' }),
            on_message: (message = {}, connection = {}) => instance.seen.push(message),
            on_close: (code = 0, reason = '', connection = {}) => instance.seen.push(code),
          },
        },
        news: {},
      });
      instance.websockets = connect_component_websockets(websockets, instance);
    }`);
    await page.waitForFunction('instance.seen.length === 1');
    expect(await page.evaluate('[instance.seen, Object.keys(instance.websockets)]')).toEqual([
      [{ echo: { text: 'hello' } }],
      ['chat', 'news'],
    ]);
    await page.evaluate('instance.websockets.chat.close()');
    expect(await page.evaluate('instance.seen')).toEqual([{ echo: { text: 'hello' } }, 1000]);
    await page.waitForFunction(`instance.websockets.news.state === 'open'`);
    const wrong = `connect_component_websockets({ chat: {}, 'my news': {} })`;
    await expect(page.evaluate(wrong)).rejects.toThrow('"my news" is not a valid endpoint name');
    await expect(page.evaluate(`connect_component_websockets(() => 5)`)).rejects.toThrow('got 5');
  });

  test('of the framework talks to the server as it is: its wire is plain JSON', async () => {
    const site = await serve_site(script, { chat: echo });
    const page = await open_page(site.url);
    // As the framework's own component does it.
    const received = await page.evaluate(`new Promise((resolve) => {
      const query = new URLSearchParams({ user: 'ada' });
      const socket = new WebSocket('ws://' + location.host + '/api/_websockets/chat?' + query);
      socket.addEventListener('open', () => socket.send(JSON.stringify({ text: 'hello' })));
      socket.addEventListener('message', ({ data }) => resolve(JSON.parse(data)));
    })`);
    expect(received).toEqual({ echo: { text: 'hello' } });
  });

  test('starts from what its client has in common', async () => {
    const site = await serve_site(script, { chat: echo });
    const page = await open_page(`${site.url}/other`);
    await page.addScriptTag({ content: script });
    await page.evaluate(`{
      const client = create_client({ url: '${site.url}', options: { max_queued_messages: 1 } });
      connections.a = client.connect('chat', { events: events_of('a') });
      globalThis.taken = [connections.a.send(1), connections.a.send(2)];
    }`);
    await page.waitForFunction(`told.a?.at(-1)[0] === 'on_message'`);
    expect(await page.evaluate('taken')).toEqual([true, false]);
  });
});

describe.skipIf(missing_browser)('a page in the back/forward cache', () => {
  // Playwright switches the cache off.
  const { open_page } = use_browser({
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });

  test('is back at once when it comes out of it', async () => {
    const seen = recorder();
    const site = await serve_site(await bundle(SCRIPT), {
      chat: { ...echo, on_open: () => seen.add('open'), on_close: () => seen.add('closed') },
    });
    const page = await open_page(site.url);
    const options = `{ options: { reconnect_delay_in_seconds: 1000, max_reconnect_delay_in_seconds: 1000 } }`;
    await page.evaluate(`open('a', 'chat', ${options})`);
    await state(page, 'a', 'open');
    await page.goto(`${site.url}/other`);
    await seen.includes('closed');
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction('globalThis.came_out_of_the_cache !== undefined');
    expect(await page.evaluate('came_out_of_the_cache')).toBe(true);
    await page.evaluate(`connections.a.send('from the cache')`);
    await page.waitForFunction(`told.a.at(-1)[1]?.echo === 'from the cache'`);
    expect(seen.entries).toEqual(['open', 'closed', 'open']);
  });
});

function refuse(): never {
  throw new Error('never');
}

function state(page: Page, name: string, expected: string) {
  return page.waitForFunction(`connections.${name}.state === '${expected}'`);
}

function told(page: Page, name: string, count: number) {
  return page.waitForFunction(`told.${name}?.length >= ${count}`);
}
