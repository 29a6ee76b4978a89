import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian and others put the browser; `CHROMIUM` names another one. */
const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Starts the browser of this machine. Throws with what to install when there is none. */
export function launch(): Promise<Browser> {
  const executablePath = places.find((place) => place !== '' && existsSync(place));
  if (executablePath === undefined) {
    throw new Error('no Chromium on this machine: `apt-get install chromium`, or name one in CHROMIUM');
  }
  // Root, as in CI, has no sandbox of Chromium's own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Every theme on a phone and on a desk. */
export const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [
    { width: 390, height: 844 },
    { width: 1280, height: 900 },
  ].map((viewport) => ({ colorScheme, viewport })),
);

/** A page, and everything that must not happen on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Messages of the console that are warnings or errors, errors of scripts, and dialogs. */
  readonly complaints: string[];
  /** Hosts that were asked for anything. */
  readonly hosts: Set<string>;
  readonly close: () => Promise<void>;
}

/** Opens a page in a fresh profile. Requests to other hosts than `ownHost` are refused and written down. */
export async function openPage(
  browser: Browser,
  ownHost: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  // A machine that also runs a cluster is slow; what never comes is waited for a minute.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await context.route('**', (route) => {
    const { host } = new URL(route.request().url());
    hosts.add(host);
    return host === ownHost ? route.continue() : route.abort();
  });
  return { page, complaints, hosts, close: () => context.close() };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe-core finds on a page that is serious, moderate or critical, one line for each kind. */
export async function accessibilityFindings(page: Page): Promise<readonly string[]> {
  // By the protocol and not as an element of the page, which its policy would refuse.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact !== 'minor')
    .map(({ id, impact, nodes }) => {
      const [first] = nodes;
      return `${impact} ${id}, ${nodes.length} times: ${first?.html.slice(0, 200)} (${first?.failureSummary})`;
    });
}
