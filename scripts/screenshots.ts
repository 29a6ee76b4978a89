/**
 * Makes the pictures of the documents: starts the demo, lets it play, and takes pictures of its pages in a real
 * Chromium. `npm run screenshots` writes docs/images/.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launch } from '../test/browser/chromium.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'docs/images');

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 } };

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly options: BrowserContextOptions;
  /** Whatever has to be seen first. */
  readonly ready?: (page: Page) => Promise<unknown>;
}

async function firstTicket(page: Page): Promise<unknown> {
  await page.locator('a[data-row]', { hasText: 'checkout' }).first().click();
  return page.locator('.entry.recovered').waitFor({ timeout: 120_000 });
}

const pictures: readonly Picture[] = [
  {
    name: 'cluster',
    path: '/cluster',
    options: { ...desktop, colorScheme: 'dark' },
    ready: async (page) => {
      await page
        .locator('tr[data-key="Deployment shop/checkout"]', { hasText: 'its ticket' })
        .waitFor({ timeout: 120_000 });
      await page.getByRole('button', { name: 'image-typo' }).click();
      await page.locator('[data-until]').first().waitFor({ timeout: 60_000 });
      await page.locator('tr', { hasText: 'Deployment shop/mailer' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'ticket', path: '/', options: desktop, ready: firstTicket },
  {
    name: 'list',
    path: '/',
    options: desktop,
    ready: async (page) => {
      const ticket = (about: string) =>
        page.locator('a[data-row]', { hasText: about }).waitFor({ timeout: 120_000 });
      await ticket('mailer');
      await page.getByRole('link', { name: 'Cluster' }).click();
      // Each leads back to the page of the cluster.
      for (const name of ['manual', 'storm']) {
        await page.getByRole('button', { name }).click();
        await page.locator(`li[data-key="${name}"]`, { hasText: 'playing' }).waitFor();
      }
      await page.getByRole('link', { name: 'Ticket desk' }).click();
      await ticket('billing');
      await ticket('Storm');
    },
  },
  { name: 'phone', path: '/', options: { ...phone, colorScheme: 'dark' } },
];

await mkdir(folder, { recursive: true });
const args = ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), 'demo', '--port', '0'];
const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
const lines = createInterface({ input: demo.stdout });
const [line] = (await once(lines, 'line')) as [string];
const [url = ''] = /http:\/\/[^/\s]+/u.exec(line) ?? [];
const browser = await launch();
try {
  for (const { name, path, options, ready } of pictures) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(url + path);
    await page.locator('#live', { hasText: /^live$/ }).waitFor();
    await ready?.(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    process.stdout.write(`docs/images/${name}.png\n`);
    await context.close();
  }
} finally {
  await browser.close();
  demo.kill('SIGINT');
  await once(demo, 'close');
}
