import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { accessibilityFindings, launch, looks, openPage } from './chromium.ts';

const root = resolve(import.meta.dirname, '../..');

let browser: Browser;
let demo: ChildProcess;
let url = '';

/** Starts the demo as a person does, on a free port, and waits for its first line. */
beforeAll(async () => {
  browser = await launch();
  const args = ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), 'demo', '--port', '0'];
  demo = spawn(process.execPath, [...args, '--scenario', 'healthy-rollout'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: demo.stdout ?? process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  url = /http:\/\/[^/\s]+/u.exec((JSON.parse(line) as { text: string }).text)?.[0] ?? '';
}, 60_000);
afterAll(async () => {
  demo.kill('SIGCONT');
  demo.kill('SIGINT');
  await once(demo, 'close');
  await browser.close();
}, 60_000);

describe('the demo in a browser', () => {
  test('begins a scenario by its button; its ticket appears without a reload, recovers, and is closed', async () => {
    const { host } = new URL(url);
    const cluster = await openPage(browser, host);
    const list = await openPage(browser, host);
    await list.page.goto(url);
    await list.page.getByText('No tickets. A new one appears here by itself.').waitFor();
    await cluster.page.goto(`${url}/cluster`);
    await cluster.page.getByRole('button', { name: 'crash-loop' }).click();
    await cluster.page.locator('li[data-key="crash-loop"]', { hasText: 'playing' }).waitFor();
    const checkout = cluster.page.locator('tr[data-key="Deployment shop/checkout"]');
    await checkout.filter({ hasText: '0 of 3 ready' }).waitFor();
    await list.page
      .locator('a[data-row]', { hasText: 'Deployment shop/checkout: CrashLoopBackOff' })
      .waitFor();
    await checkout.getByRole('link', { name: 'its ticket' }).waitFor();
    await list.page.locator('.badge.recovered').waitFor({ timeout: 60_000 });
    await list.page.locator('a[data-row]').click();
    await list.page.locator('.entry.recovered', { hasText: '3 of 3 replicas are ready' }).waitFor();
    await list.page.getByRole('button', { name: 'Close', exact: true }).click();
    await list.page.locator('.badges', { hasText: 'closed' }).waitFor();
    expect([...cluster.complaints, ...list.complaints]).toEqual([]);
    expect([...cluster.hosts, ...list.hosts]).toEqual([host, host]);
    await cluster.close();
    await list.close();
  }, 120_000);

  test('shows what is held back as a count-down, in every theme and width', async () => {
    const { host } = new URL(url);
    for (const look of looks) {
      const { page, complaints, close } = await openPage(browser, host, look);
      await page.goto(`${url}/cluster`);
      await page.getByRole('button', { name: 'image-typo' }).click();
      await page
        .locator('tr[data-key="Deployment shop/mailer"] [data-until]', { hasText: /^\d+ s$/ })
        .waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    }
  }, 120_000);

  test('says that the desk does not answer when it hangs, and is live again when it goes on', async () => {
    const { page, close } = await openPage(browser, new URL(url).host);
    await page.goto(url);
    await page.locator('#live', { hasText: /^live$/ }).waitFor();
    demo.kill('SIGSTOP');
    await page.locator('#live', { hasText: 'no connection' }).waitFor();
    demo.kill('SIGCONT');
    await page.locator('#live', { hasText: /^live$/ }).waitFor();
    expect(await page.locator('#live').getAttribute('class')).toBe('live');
    await close();
  }, 120_000);
});
