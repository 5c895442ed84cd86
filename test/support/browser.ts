import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { CHROMIUM, find_missing } from './real_part.ts';

/** Why tests that need a browser are skipped, if they are. */
export const missing_browser = find_missing(CHROMIUM);

/** A headless Chromium with a profile of its own, for the tests of a file. */
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
    /** A page as another visitor has it; closed when the test has finished. */
    async open_page(url: string, options?: BrowserContextOptions): Promise<Page> {
      const context = await browser.newContext(options);
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
  };
}
