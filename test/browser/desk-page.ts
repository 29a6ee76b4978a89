import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { DeskOptions } from '../../src/desk/desk.ts';
import { startDesk, type TestDesk } from '../desk/fixtures.ts';
import { launch, openPage, type WatchedPage } from './chromium.ts';

/** A desk of its own for each test of a suite, and a page in a fresh profile that looks at it. */
export interface DeskPage {
  readonly browser: Browser;
  readonly it: TestDesk;
  readonly watched: WatchedPage;
  readonly page: Page;
  /** Of the desk, with its port. */
  readonly host: string;
  readonly visit: (path: string) => Promise<unknown>;
  /** Resolves when the page hears the desk. */
  readonly isLive: () => Promise<void>;
  /** Files a ticket about a workload of this name and gives its id. */
  readonly file: (name: string, more?: Readonly<Record<string, unknown>>) => Promise<string>;
}

/** Call it once, at the top of a suite; what it returns can be used inside of tests. */
export function useDeskPage(look: BrowserContextOptions = {}, options: Partial<DeskOptions> = {}): DeskPage {
  let [browser, it, watched] = [] as unknown as [Browser, TestDesk, WatchedPage];
  const host = (): string => new URL(it.desk.url).host;
  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    it = await startDesk(options);
    watched = await openPage(browser, host(), look);
  });
  afterEach(async () => {
    await watched.close();
    await it.desk.close();
  });
  return {
    get browser() {
      return browser;
    },
    get it() {
      return it;
    },
    get watched() {
      return watched;
    },
    get page() {
      return watched.page;
    },
    get host() {
      return host();
    },
    visit: (path) => watched.page.goto(it.desk.url + path),
    isLive: () => watched.page.locator('#live', { hasText: /^live$/ }).waitFor(),
    file: async (name, more = {}) => {
      const { body } = await it.create({ subject: `Deployment shop/${name} crashes`, ...more });
      return body.id;
    },
  };
}
