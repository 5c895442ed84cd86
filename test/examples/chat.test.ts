import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { App } from 'joystick-websockets';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { start_chat } from '../../examples/chat/start_chat.ts';
import { missing_browser, use_browser } from '../support/browser.ts';
import { Client } from '../support/client.ts';

describe('the endpoint', () => {
  test('what one says, everyone hears', async () => {
    const { client: ada } = await join(await start());
    ada.send({ name: 'Ada', text: 'hello', key: 'a-1' });
    expect(await ada.next_message()).toEqual({
      type: 'said',
      by: expect.any(String),
      name: 'Ada',
      text: 'hello',
      key: 'a-1',
      at: expect.any(Number),
    });
  });

  test('everyone is told how many are here', async () => {
    const app = await start();
    const { client: ada, here } = await join(app);
    expect(here).toEqual({ type: 'here', count: 1 });
    const { client: bob, here: here_with_bob } = await join(app);
    expect(here_with_bob).toEqual({ type: 'here', count: 2 });
    expect(await ada.next_message()).toEqual({ type: 'here', count: 2 });
    await bob.close();
    expect(await ada.next_message()).toEqual({ type: 'here', count: 1 });
  });

  test('whoever comes later hears the latest of it', async () => {
    const app = await start();
    const { client: ada } = await join(app);
    for (let count = 1; count <= 60; count++) ada.send({ name: 'Ada', text: `message ${count}` });
    while ((await ada.next_message()).text !== 'message 60');
    const bob = await Client.connect(endpoint_url(app));
    for (let count = 11; count <= 60; count++) {
      expect(await bob.next_message()).toMatchObject({ type: 'said', text: `message ${count}` });
    }
    expect(await bob.next_message()).toEqual({ type: 'here', count: 2 });
  });

  test('whoever comes back hears what was said since', async () => {
    const app = await start();
    const { client: ada } = await join(app);
    ada.send({ name: 'Ada', text: 'before' });
    const { at } = await ada.next_message();
    const bob = await Client.connect(`${endpoint_url(app)}?since=${at + 1}`);
    expect(await bob.next_message()).toEqual({ type: 'here', count: 2 });
    await expect(Client.connect(`${endpoint_url(app)}?since=yesterday`)).rejects.toThrow('400');
  });

  test.each([
    ['null', null],
    ['a number', 5],
    ['a list', []],
    ['no text', { name: 'Ada' }],
    ['a text that is no string', { name: 'Ada', text: { toString: 5 } }],
    ['a blank text', { name: 'Ada', text: ' ' }],
    ['a text that is too long', { name: 'Ada', text: 'x'.repeat(501) }],
    ['a name that is too long', { name: 'x'.repeat(41), text: 'hello' }],
    ['a blank name', { name: ' ', text: 'hello' }],
    ['a key that is no string', { name: 'Ada', text: 'hello', key: 5 }],
  ])('%s is refused, and the chat goes on', async (_what, message) => {
    const { client: ada } = await join(await start());
    ada.send(message);
    expect(await ada.next_message()).toMatchObject({ type: 'refused' });
    ada.send({ name: 'x'.repeat(40), text: '\u{20ac}'.repeat(500) });
    expect(await ada.next_message()).toMatchObject({ type: 'said' });
  });
});

describe('the terminal', () => {
  test('says what is served where, and a SIGTERM ends it', async () => {
    const server = spawn(process.execPath, ['--import', 'tsx', 'examples/chat/server.ts'], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      server.kill('SIGKILL');
    });
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const page_url = String((await lines.next()).value).match(/http:\S+/)?.[0] ?? '';
    const url = String((await lines.next()).value).match(/ws:\S+/)?.[0] ?? '';
    expect(await (await fetch(page_url)).text()).toContain('<title>Chat</title>');
    await (await Client.connect(url)).close();
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([null, 'SIGTERM']);
  });
});

describe.skipIf(missing_browser)('the page', () => {
  const { open_page } = use_browser();

  test('two visitors hear each other', async () => {
    const { url } = await start();
    const ada = await join_page(await open_page(url), 'Ada');
    const bob = await join_page(await open_page(url), 'Bob');
    await ada.getByText('2 online').waitFor();

    await say(ada, 'Hello, who is here?');
    const heard_by_bob = bob.getByRole('listitem').filter({ hasText: 'Hello, who is here?' });
    await heard_by_bob.waitFor();
    expect(await heard_by_bob.textContent()).toContain('Ada');
    expect(await heard_by_bob.getAttribute('class')).not.toContain('own');

    await say(bob, 'I am');
    await ada.getByRole('listitem').filter({ hasText: 'I am' }).waitFor();
    expect(await texts(ada)).toEqual(['Hello, who is here?', 'I am']);
    expect(await ada.locator('li.own .text').allTextContents()).toEqual(['Hello, who is here?']);
    expect(await ada.locator('li time[datetime]').count()).toBe(2);

    await bob.close();
    await ada.getByText('1 online').waitFor();
  });

  test('what was typed while the server is away arrives, in order, once it is back', async () => {
    const first = await start();
    const ada = await join_page(await open_page(first.url), 'Ada');
    const bob = await join_page(await open_page(first.url), 'Bob');
    await say(ada, 'before');
    await bob.getByText('before').waitFor();

    await first.close();
    await state_of(ada, 'Reconnecting');
    await say(ada, 'while away');
    await say(ada, 'and once more');
    await ada.getByText('2 messages will be sent when the connection is back.').waitFor();
    expect(await ada.locator('li.waiting').count()).toBe(2);

    await start(first.port);
    await state_of(ada, 'Connected');
    await bob.getByText('and once more').waitFor();
    await say(bob, 'welcome back');
    await ada.getByText('welcome back').waitFor();
    for (const page of [ada, bob]) {
      expect(await texts(page)).toEqual(['before', 'while away', 'and once more', 'welcome back']);
    }
    expect(await ada.locator('li.waiting').count()).toBe(0);
  });

  test('at most 50 messages wait; the next stays where it was typed', async () => {
    const app = await start();
    const ada = await join_page(await open_page(app.url), 'Ada');
    await app.close();
    await state_of(ada, 'Reconnecting');
    for (let count = 1; count <= 51; count++) await say(ada, `message ${count}`);
    await ada.getByText('50 messages are already waiting').waitFor();
    expect(await ada.locator('li.waiting').count()).toBe(50);
    expect(await ada.getByLabel('Message', { exact: true }).inputValue()).toBe('message 51');
  });

  test('markup in a name or a text is shown as text', async () => {
    const { url } = await start();
    const bob = await join_page(await open_page(url), 'Bob');
    const ada = await join_page(await open_page(url), '<img src=x onerror=hacked=1>');
    await say(ada, '<img src=x onerror="hacked = 1"><script>hacked = 1</script>');
    for (const page of [ada, bob]) {
      await page.getByText('<img src=x onerror="hacked = 1"><script>').waitFor();
      expect(await page.locator('#messages :is(img, script)').count()).toBe(0);
      expect(await page.evaluate('typeof hacked')).toBe('undefined');
    }
    expect(await bob.locator('li bdi').textContent()).toBe('<img src=x onerror=hacked=1>');
  });
});

async function start(port = 0): Promise<App> {
  const app = await start_chat({ port });
  onTestFinished(() => app.close());
  return app;
}

async function join(app: App) {
  const client = await Client.connect(endpoint_url(app));
  return { client, here: await client.next_message() };
}

function endpoint_url({ port }: App): string {
  return `ws://localhost:${port}/api/_websockets/chat`;
}

async function join_page(page: Page, name: string): Promise<Page> {
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.getByLabel('Writing as').fill(name);
  await state_of(page, 'Connected');
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

function state_of(page: Page, text: string): Promise<void> {
  return page.getByRole('status').filter({ hasText: text }).waitFor();
}

function texts(page: Page): Promise<string[]> {
  return page.locator('li .text').allTextContents();
}
