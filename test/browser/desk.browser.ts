import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startDesk, TICKETS, type TestDesk } from '../desk/fixtures.ts';
import { launch, openPage } from './chromium.ts';

const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>"'&`;

let browser: Browser;
let it: TestDesk;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  it = await startDesk();
});
afterEach(() => it.desk.close());

const host = (): string => new URL(it.desk.url).host;

describe('the pages of the desk in a browser', () => {
  test('keep hostile text as text, and ask no other host', async () => {
    const { id } = (
      await it.create({
        subject: `Subject ${evil} \u202e reversed`,
        description: `Text ${evil}\n\n[here](https://elsewhere.example/x) ![image](https://elsewhere.example/i.png)\n\n\`\`\`\nrm \u202e -rf\n\`\`\``,
        environment: { [evil]: evil, list: [{ [evil]: [evil] }], rows: [{ a: evil }, { a: evil }] },
      })
    ).body;
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: evil });
    const { page, complaints, hosts, close } = await openPage(browser, host());
    for (const path of ['/', `/tickets/${id}`, `/?q=${encodeURIComponent(evil)}`]) {
      await page.goto(it.desk.url + path);
      expect(await page.locator('img, main script').count()).toBe(0);
    }
    await page.goto(`${it.desk.url}/tickets/${id}`);
    expect(await page.locator('h1').textContent()).toContain('‹U+202E› reversed');
    expect(await page.locator('pre', { hasText: '-rf' }).first().textContent()).toContain('rm ‹U+202E› -rf');
    const link = page.locator('a', { hasText: 'here' });
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect([complaints, [...hosts]]).toEqual([[], [host()]]);
    await close();
  });
});
