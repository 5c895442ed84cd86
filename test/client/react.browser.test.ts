import { useWebsocket } from 'joystick-websockets/react';
import type { Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { beforeAll, describe, expect, test } from 'vitest';
import { missing_browser, use_browser } from '../support/browser.ts';
import { recorder } from '../support/events.ts';
import { bundle, serve_site } from '../support/site.ts';

// A page whose components are what `show` is told, by their names: { a: { room: 'x' }, b: { room: 'y' } }.
const SCRIPT = `
import { createElement, StrictMode, useEffect, useLayoutEffect, useState, version } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { create_use_websocket, useWebsocket } from 'joystick-websockets/react';

const use_elsewhere = create_use_websocket({ url: '/elsewhere' });

globalThis.version = version;
globalThis.sockets = 0;
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets++;
    globalThis.socket = this;
  }
};

const told = {};
const used = {};
const tell = (name, ...entry) => (told[name] ??= []).push(entry);

function Visitor({ name, room, asks, fails, sends, sends_early, hears_early, shows_once_open, ends_all, events, elsewhere, deps = [], endpoint = 'chat', ...options }) {
  const [renders, render] = useState(0);
  const ask = () => {
    if (fails) throw new Error('no token');
    tell(name, 'asked');
    return { room, own: name };
  };
  const query = asks ? { query: ask, deps } : { query: { room } };
  const use = elsewhere ? use_elsewhere : useWebsocket;
  const websocket = use(endpoint, {
    ...options,
    ...query,
    events: {
      on_open: () => tell(name, 'on_open'),
      on_message: ({ echo }) => {
        tell(name, 'on_message', echo, renders);
        render((count) => count + 1);
        if (ends_all) flushSync(() => show({}));
      },
      on_close: (code) => tell(name, 'on_close', code),
      on_state_change: (state) => {
        if (state === 'open' && shows_once_open) flushSync(() => show(shows_once_open));
      },
      ...events,
    },
  });
  used[name] = websocket;
  useEffect(() => {
    if (sends) websocket.send(sends);
  }, [sends, websocket.send]);
  useLayoutEffect(() => {
    if (!sends_early) return;
    websocket.send(sends_early);
    // A page this slow comes to its other effects later than to its timers.
    for (const end = performance.now() + 50; performance.now() < end; );
  }, [sends_early, websocket.send]);
  useLayoutEffect(() => {
    if (!hears_early) return;
    const data = JSON.stringify({ echo: hears_early });
    socket.dispatchEvent(new MessageEvent('message', { data }));
  }, [hears_early]);
  return createElement('p', { id: name }, websocket.state);
}

const root = createRoot(document.getElementById('root'));
const show = (visitors) => {
  const elements = Object.entries(visitors).map(([name, props]) =>
    createElement(Visitor, { key: name, name, ...props }),
  );
  root.render(createElement(StrictMode, null, elements));
};
Object.assign(globalThis, { told, used, show });
`;

const VERSIONS: [string, Record<string, string>][] = [
  ['18', { react: 'react-18', 'react-dom': 'react-dom-18' }],
  ['19', {}],
];

describe.skipIf(missing_browser).each(VERSIONS)(
  'components of React %s in StrictMode',
  (major, alias) => {
    const { open_page } = use_browser();
    let script: string;
    beforeAll(async () => {
      script = await bundle(SCRIPT, alias);
    });

    test('are of that version', async () => {
      const { page } = await start();
      expect(String(await page.evaluate('version')).split('.')[0]).toBe(major);
    });

    /** A page, and what its server sees of rooms: `['open', 'x']`, `['close', 'x', 1000]`. */
    async function start() {
      const seen = recorder();
      const site = await serve_site(script, {
        chat: {
          on_open: (connection) => seen.add(`open ${connection.params.room}`),
          on_message: (message, connection) => {
            const messages = Array.isArray(message) ? message : [message];
            for (const echo of messages) connection.send({ echo });
          },
          on_close: (code, _reason, connection) =>
            seen.add(`close ${connection.params.room} ${code}`),
        },
      });
      return { seen, site, page: await open_page(site.url) };
    }

    test('open one socket, though they mount twice, and close it when they go', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      await page.evaluate('show({})');
      await seen.reaches(2);
      expect(seen.entries).toEqual(['open x', 'close x 1000']);
      expect(await page.evaluate('[told.a, sockets]')).toEqual([[['on_open']], 1]);
      expect(await page.evaluate(`used.a.send('late')`)).toBe(false);
    });

    test('are told every message, also several between two renders, by their latest handlers', async () => {
      const { page } = await start();
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      await page.evaluate(`used.a.send([1, 2, 3, 4, 5])`);
      await page.waitForFunction('told.a.length === 6');
      await page.evaluate(`used.a.send(6)`);
      await page.waitForFunction('told.a.length === 7');
      const messages = (await page.evaluate('told.a.slice(1)')) as unknown[][];
      expect(messages.map(([, message]) => message)).toEqual([1, 2, 3, 4, 5, 6]);
      // The handler of the sixth was that of a render which knew of the five.
      expect(messages.at(-1)?.[2]).toBe(5);
    });

    test('may send while they mount: it waits until the connection is open', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x', sends: 'at mount' } })`);
      await page.waitForFunction(`told.a?.some(([, message]) => message === 'at mount')`);
      expect([seen.entries, await page.evaluate('sockets')]).toEqual([['open x'], 1]);
    });

    test('may send before they are painted, however long that takes', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x', sends_early: 'before the paint' } })`);
      await page.waitForFunction(`told.a?.some(([, message]) => message === 'before the paint')`);
      expect([seen.entries, await page.evaluate('sockets')]).toEqual([['open x'], 1]);
    });

    test('are told nothing once the handler of another has unmounted them', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x', ends_all: true }, b: { room: 'x' } })`);
      await shows(page, 'b', 'open');
      await page.evaluate(`used.a.send('the end')`);
      await seen.includes('close x 1000');
      expect(await page.evaluate('[told.a.length, told.b]')).toEqual([2, [['on_open']]]);
    });

    test('that ask for the same share one connection; the last that goes closes it', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x' }, b: { room: 'x' }, c: { room: 'y' } })`);
      for (const name of ['a', 'b', 'c']) await shows(page, name, 'open');
      expect(await page.evaluate('used.a.connection === used.b.connection')).toBe(true);
      expect(await page.evaluate('used.a.connection === used.c.connection')).toBe(false);
      // Who comes later is told that it is open, once.
      await page.evaluate(
        `show({ a: { room: 'x' }, b: { room: 'x' }, c: { room: 'y' }, d: { room: 'x' } })`,
      );
      await page.waitForFunction('told.d?.length === 1');
      await page.evaluate(`used.d.send('to all')`);
      await page.waitForFunction(
        `['a', 'b', 'd'].every((name) => told[name].at(-1)[1] === 'to all')`,
      );
      expect(await page.evaluate('[told.d.length, told.c]')).toEqual([2, [['on_open']]]);
      await page.evaluate(`show({ d: { room: 'x' } })`);
      await seen.includes('close y 1000');
      await page.evaluate(`used.d.send('still there')`);
      await page.waitForFunction(`told.d.at(-1)[1] === 'still there'`);
      await page.evaluate('show({})');
      await seen.includes('close x 1000');
      expect([...seen.entries].sort()).toEqual([
        'close x 1000',
        'close y 1000',
        'open x',
        'open y',
      ]);
    });

    test('that mount while it opens are told so once', async () => {
      const { page } = await start();
      const both = `{ a: { room: 'x' }, b: { room: 'x' } }`;
      await page.evaluate(`show({ a: { room: 'x', shows_once_open: ${both} } })`);
      await shows(page, 'b', 'open');
      await page.evaluate(`used.b.send('to all')`);
      await page.waitForFunction(`told.b?.some(([, message]) => message === 'to all')`);
      expect(
        await page.evaluate(`[told.a, told.b].map((each) => each.map(([event]) => event))`),
      ).toEqual([
        ['on_open', 'on_message'],
        ['on_open', 'on_message'],
      ]);
    });

    test('connect anew with another query', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      await page.evaluate(`show({ a: { room: 'y' } })`);
      await seen.includes('close x 1000');
      await seen.includes('open y');
      await shows(page, 'a', 'open');
      await page.evaluate(`used.a.send('in y')`);
      await page.waitForFunction(`told.a.at(-1)[1] === 'in y'`);
      expect(seen.entries).toHaveLength(3);
    });

    test('are told nothing of what they asked for before, however late their effects run', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      // It arrives from x after the render with y, and before there is a connection to y.
      await page.evaluate(`show({ a: { room: 'y', hears_early: 'in x' } })`);
      await seen.includes('open y');
      await shows(page, 'a', 'open');
      await page.evaluate(`used.a.send('in y')`);
      await page.waitForFunction(`told.a.some(([, message]) => message === 'in y')`);
      const messages = await page.evaluate(`told.a.filter(([event]) => event === 'on_message')`);
      expect(messages).toEqual([['on_message', 'in y', 0]]);
    });

    test('that ask with a function have a connection of their own, and are asked at each attempt', async () => {
      const { page, seen, site } = await start();
      await page.evaluate(`show({ a: { room: 'x', asks: true }, b: { room: 'x', asks: true } })`);
      for (const name of ['a', 'b']) await shows(page, name, 'open');
      // Another function is not another connection: the next attempt asks it.
      await page.evaluate(`show({ a: { room: 'y', asks: true } })`);
      await seen.includes('close x 1000');
      await site.stop();
      await shows(page, 'a', 'reconnecting');
      await site.start();
      await seen.includes('open y');
      const asked = (await page.evaluate(
        `told.a.filter(([event]) => event === 'asked').length`,
      )) as number;
      expect(asked).toBeGreaterThan(1);
      expect(seen.entries.filter((entry) => entry === 'open x')).toHaveLength(2);
    });

    test('that ask with a function connect anew when one of its deps changes', async () => {
      const { page, seen } = await start();
      await page.evaluate(`show({ a: { room: 'x', asks: true, deps: ['x'] } })`);
      await shows(page, 'a', 'open');
      await page.evaluate(`show({ a: { room: 'x', asks: true, deps: ['x'], sends: 'again' } })`);
      await page.waitForFunction(`told.a.at(-1)[1] === 'again'`);
      expect(seen.entries).toEqual(['open x']);
      await page.evaluate(`show({ a: { room: 'y', asks: true, deps: ['y'] } })`);
      await seen.includes('close x 1000');
      await seen.includes('open y');
      await shows(page, 'a', 'open');
      await page.evaluate(`used.a.send('in y')`);
      await page.waitForFunction(`told.a.at(-1)[1] === 'in y'`);
      expect(await page.evaluate('sockets')).toBe(2);
    });

    test('that ask with a function without deps throw to their error boundary', async () => {
      const { page } = await start();
      const uncaught = recorder();
      page.on('pageerror', (error) => uncaught.add(error.message));
      await page.evaluate(`show({ a: { room: 'x', asks: true, deps: null } })`);
      await uncaught.reaches(1);
      expect(uncaught.entries[0]).toContain('a query function needs deps');
    });

    test('that are not enabled have no connection, and say so', async () => {
      const { page, seen } = await start();
      // What they ask with is perhaps not complete yet.
      await page.evaluate(`show({ a: { room: null, enabled: false } })`);
      await shows(page, 'a', 'disabled');
      expect(
        await page.evaluate(`[used.a.send(1), used.a.connection === undefined, sockets]`),
      ).toEqual([false, true, 0]);
      await page.evaluate(`show({ a: { room: 'x', enabled: true } })`);
      await shows(page, 'a', 'open');
      await page.evaluate(`show({ a: { room: 'x', enabled: false } })`);
      await shows(page, 'a', 'disabled');
      await seen.includes('close x 1000');
      expect(await page.evaluate(`used.a.send('late')`)).toBe(false);
      // Also after it was closed for good.
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      await page.evaluate('used.a.close()');
      await shows(page, 'a', 'closed');
      await page.evaluate(`show({ a: { room: 'x', enabled: false } })`);
      await shows(page, 'a', 'disabled');
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      expect(seen.entries.filter((entry) => entry === 'open x')).toHaveLength(3);
    });

    test('may start from options that their hook was made with', async () => {
      const { page } = await start();
      await page.evaluate(
        `show({ a: { room: 'x', elsewhere: true }, b: { room: 'x', url: '/', elsewhere: true } })`,
      );
      await shows(page, 'b', 'open');
      expect(await page.evaluate('used.a.state')).toMatch(/connecting|reconnecting/);
      await page.evaluate(`show({ a: { room: 'x', elsewhere: true, enabled: false } })`);
      await shows(page, 'a', 'disabled');
      await page.evaluate(
        `show({ c: { room: 'x', elsewhere: true, asks: true, deps: ['x'], url: '/api/_websockets' } })`,
      );
      await shows(page, 'c', 'open');
    });

    test('whose query function fails make it an error of the page where none has on_error', async () => {
      const { page } = await start();
      const uncaught = recorder();
      page.on('pageerror', (error) => uncaught.add(error.message));
      const fails = `{ asks: true, fails: true, options: { reconnect_attempts: 0 } }`;
      await page.evaluate(`show({ a: ${fails} })`);
      await shows(page, 'a', 'closed');
      await uncaught.reaches(1);
      expect(uncaught.entries[0]).toContain('could not connect to chat');
      expect(uncaught.entries[0]).toContain('no token');
    });

    test('show each state, and stay closed once closed, until they mount again', async () => {
      const { page, site } = await start();
      await page.evaluate(`show({ a: { room: 'x' } })`);
      await shows(page, 'a', 'open');
      await site.stop();
      await shows(page, 'a', 'reconnecting');
      await page.evaluate(`used.a.send('kept')`);
      await site.start();
      await shows(page, 'a', 'open');
      await page.waitForFunction(`told.a.at(-1)[1] === 'kept'`);
      await page.evaluate('used.a.close(3001)');
      await shows(page, 'a', 'closed');
      expect(await page.evaluate('[told.a.at(-1), used.a.send(1)]')).toEqual([
        ['on_close', 3001],
        false,
      ]);
      await page.evaluate(`show({ b: { room: 'x' } })`);
      await shows(page, 'b', 'open');
    });

    test('whose event is misspelt throw to their error boundary, also where they share a connection', async () => {
      const { page } = await start();
      const uncaught = recorder();
      page.on('pageerror', (error) => uncaught.add(error.message));
      const wrong = `{ room: 'x', events: { on_mesage() {} } }`;
      await page.evaluate(`show({ a: { room: 'x' }, b: ${wrong} })`);
      await uncaught.reaches(1);
      expect(uncaught.entries[0]).toContain('events.on_mesage is not a known key');
    });

    test('whose endpoint has a wrong name throw to their error boundary', async () => {
      const { page } = await start();
      const uncaught = recorder();
      page.on('pageerror', (error) => uncaught.add(error.message));
      await page.evaluate(`show({ a: { room: 'x', endpoint: 'my chat' } })`);
      await uncaught.reaches(1);
      expect(uncaught.entries[0]).toContain('"my chat" is not a valid endpoint name');
    });
  },
);

test('a component that is rendered on a server is connecting, and connects to nothing', async () => {
  const Visitor = () => {
    const { state, connection } = useWebsocket('chat', { query: { room: 'x' } });
    return createElement('p', null, `${state} ${connection}`);
  };
  expect(renderToString(createElement(Visitor))).toBe('<p>connecting undefined</p>');
});

test('one that is not enabled is disabled there, too', async () => {
  const Visitor = () => createElement('p', null, useWebsocket('chat', { enabled: false }).state);
  expect(renderToString(createElement(Visitor))).toBe('<p>disabled</p>');
});

function shows(page: Page, name: string, state: string) {
  return page.waitForFunction(`document.getElementById('${name}')?.textContent === '${state}'`);
}
