import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { CHROMIUM, find_missing } from './real_part.ts';

/** The reason why tests that need a browser are skipped, or `undefined`. */
export const missing_browser = find_missing(CHROMIUM);

/** Starts a headless Chromium with its own profile, for the tests of a file. */
export function use_browser(launch_options: LaunchOptions = {}) {
  let browser: Browser;
  beforeAll(async () => {
    if (missing_browser !== undefined) return;
    browser = await chromium.launch({
      ...launch_options,
      executablePath: CHROMIUM,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser?.close());

  return {
    /** Opens a page as a new visitor. It is closed when the test has finished. */
    async open_page(url: string, options?: BrowserContextOptions): Promise<Page> {
      const context = await browser.newContext(options);
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
}
