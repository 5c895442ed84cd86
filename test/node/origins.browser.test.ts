import { createServer } from 'node:http';
import type { MountOptions, Websockets } from 'joystick-websockets';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { missing_browser, use_browser } from '../support/browser.ts';
import { recorder } from '../support/events.ts';
import { serve } from '../support/server.ts';

describe.skipIf(missing_browser)('a page in a browser', () => {
  const { open_page } = use_browser();

  test('of the same host connects by default', async () => {
    const site = await serve_site({ chat: { on_message: (m, c) => c.send(m) } });
    expect(await connect_from(await open_page(site.page_url), site.chat_url)).toEqual([
      'open',
      'hello',
      1000,
    ]);
  });

  test('of another port is refused by default: it sees an error, and learns nothing', async () => {
    const log = recorder();
    const page_site = await serve_site({});
    const chat_site = await serve_site({
      chat: { on_upgrade: () => log.add('asked'), on_open: () => log.add('opened') },
    });
    const page = await open_page(page_site.page_url);
    expect(await connect_from(page, chat_site.chat_url)).toEqual(['error', 1006]);
    expect(log.entries).toEqual([]);
    const [refusal, ...others] = chat_site.logger.entries;
    expect(others).toEqual([]);
    expect(refusal?.message).toContain(`allowed_origins: ["${page_site.page_url}"]`);
    expect(refusal?.message).toContain(`Host: "localhost:${chat_site.port}`);
  });

  test('of another port is admitted by the one option that the log names', async () => {
    const page_site = await serve_site({});
    const chat_site = await serve_site(
      { chat: { on_message: (message, connection) => connection.send(message) } },
      { allowed_origins: [page_site.page_url] },
    );
    const page = await open_page(page_site.page_url);
    expect(await connect_from(page, chat_site.chat_url)).toEqual(['open', 'hello', 1000]);
    // And no other page is, not even one of the same host.
    const own_page = await open_page(chat_site.page_url);
    expect(await connect_from(own_page, chat_site.chat_url)).toEqual(['error', 1006]);
  });

  test('in a sandboxed frame has no origin, and is refused though the host is the same', async () => {
    const site = await serve_site({ chat: {} });
    const page = await open_page(`${site.page_url}/sandboxed`);
    expect(await connect_from(page, site.chat_url)).toEqual(['error', 1006]);
    const logged = site.logger.entries[0]?.message;
    expect(logged).toContain('refused a page from "null"');
    expect(logged).toContain('allowed_origins: ["null"] would admit it');
    expect(logged).not.toContain('trust_proxy');
  });
});

/** A server of a page and of endpoints, as a browser reaches them. */
async function serve_site(websockets: Websockets, options: MountOptions = {}) {
  const server = createServer((request, response) => {
    const sandbox = { 'Content-Security-Policy': 'sandbox allow-scripts' };
    response.writeHead(200, {
      'Content-Type': 'text/html',
      ...(request.url === '/sandboxed' ? sandbox : {}),
    });
    response.end('<!doctype html><title>Page</title>');
  });
  const running = await serve(websockets, options, server);
  const { port } = running;
  return {
    ...running,
    page_url: `http://localhost:${port}`,
    chat_url: `ws://localhost:${port}/api/_websockets/chat`,
  };
}

/** What a page sees of a connection: says hello, and closes once that has come back. */
function connect_from(page: Page, url: string): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const seen = [];
    const socket = new WebSocket(${JSON.stringify(url)});
    socket.onopen = () => {
      seen.push('open');
      socket.send('"hello"');
    };
    socket.onmessage = ({ data }) => {
      seen.push(data);
      socket.close(1000);
    };
    socket.onerror = () => seen.push('error');
    socket.onclose = ({ code }) => resolve([...seen, code]);
  })`);
}
