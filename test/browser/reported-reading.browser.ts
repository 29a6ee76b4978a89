import { describe, expect, test } from '@jest/globals';
import { TICKETS } from '../desk/fixtures.ts';
import { openPage } from './chromium.ts';
import { useDeskPage } from './desk-page.ts';

/** What users of other lists of alerts, mails and issues have reported about finding, reading and writing. Each test names the report. */

const desk = useDeskPage({ viewport: { width: 1000, height: 500 } });
const { visit, isLive, file } = desk;

const ofClass = (name: string): Record<string, unknown> => ({ environment: { incident: { class: name } } });

test('a button that is clicked twice writes one comment (danirus/django-comments-xtd#284, ynput/ayon-frontend#685)', async () => {
  const { page, it } = desk;
  const id = await file('checkout');
  await visit(`/tickets/${id}`);
  await isLive();
  await page.fill('#comment', 'seen');
  // The answer comes late, and the person clicks again.
  let sent = 0;
  let clicks: Promise<unknown> = Promise.resolve();
  await page.route('**/comments', async (route) => {
    sent += 1;
    await clicks;
    await route.continue().catch(() => undefined);
  });
  clicks = page
    .evaluate(
      `(async () => {
        const button = document.querySelector('button.main');
        button.click();
        await new Promise((resolve) => setTimeout(resolve, 300));
        button.click();
      })()`,
    )
    .catch(() => undefined);
  await page.locator('.entry', { hasText: 'seen' }).waitFor();
  await page.waitForFunction('document.querySelector("#comment").value === ""');
  const { body } = await it.call('GET', `${TICKETS}/${id}`);
  expect([sent, body.comments.length]).toEqual([1, 1]);
  // Another comment can be written after going back.
  await page.unroute('**/comments');
  await page.goBack();
  await page.fill('#comment', 'once more');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.locator('.entry', { hasText: 'once more' }).waitFor();
});

test('a comment that was refused is still there (unacms/UNA#784)', async () => {
  const { page } = desk;
  const id = await file('checkout');
  await visit(`/tickets/${id}`);
  await page.fill('#comment', 'A long story');
  await page.route('**/comments', (route) => route.fulfill({ status: 503, body: 'later' }));
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.waitForURL('**/comments');
  await visit(`/tickets/${id}`);
  expect(await page.inputValue('#comment')).toBe('A long story');
});

describe('going back', () => {
  test('leads to the list as it was filtered, at the ticket that was read (elabftw/elabftw#1494, influxdata/ui#844, axllent/mailpit#644)', async () => {
    const { page } = desk;
    for (const name of ['one', 'two', 'three']) await file(name, ofClass('crash'));
    await file('other', ofClass('image'));
    await visit('/?class=crash');
    await page.getByRole('link', { name: 'shop/two crashes' }).click();
    await page.locator('h1', { hasText: 'shop/two' }).waitFor();
    await isLive();
    await page.keyboard.press('u');
    await page.waitForURL(/\?class=crash$/u);
    await page.waitForFunction('document.activeElement.textContent.includes("shop/two")');
    expect(await page.locator('a[data-row]').count()).toBe(3);
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'shop/two' }).waitFor();
    await isLive();
    await page.getByRole('link', { name: 'Ticket desk' }).click();
    await page.waitForURL(/\?class=crash$/u);
    // On the list itself it leads to all tickets.
    await isLive();
    await page.getByRole('link', { name: 'Ticket desk' }).click();
    await page.locator('a[data-row]', { hasText: 'other' }).waitFor();
  });

  test('by the browser shows the choices that the address says (elabftw/elabftw#1494, javve/list.js#544)', async () => {
    const { page } = desk;
    await file('one', ofClass('crash'));
    await file('two', ofClass('image'));
    await visit('/');
    await isLive();
    await page.selectOption('select[name=class]', 'crash');
    await page.waitForURL(/class=crash/u);
    await isLive();
    await page.selectOption('select[name=class]', 'image');
    await page.waitForURL(/class=image/u);
    await page.goBack();
    await page.waitForURL(/class=crash/u);
    await page.locator('a[data-row]', { hasText: 'shop/one' }).waitFor();
    expect(await page.locator('select[name=class]').inputValue()).toBe('crash');
    await page.goBack();
    await page.locator('a[data-row]', { hasText: 'shop/two' }).waitFor();
    expect(await page.locator('select[name=class]').inputValue()).toBe('');
  });
});

describe('the keyboard', () => {
  test('leaves to the browser what is its own (nextcloud/mail#1602, WeblateOrg/weblate#1758, thunderbird/stormbox#92)', async () => {
    const { page } = desk;
    const id = await file('checkout');
    await visit(`/tickets/${id}`);
    await isLive();
    for (const keys of ['Control+c', 'Control+u', 'Control+/', 'Alt+j', 'Control+Shift+Delete'])
      await page.keyboard.press(keys);
    // The c is let go after Control.
    await page.keyboard.down('Control');
    await page.keyboard.down('c');
    await page.keyboard.up('Control');
    await page.keyboard.up('c');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY');
    expect(page.url()).toContain(`/tickets/${id}`);
  });

  test('scrolls with the arrows, and Enter opens what has the focus, wherever the mouse is (axllent/mailpit#644, mailpile/Mailpile#1675)', async () => {
    const { page } = desk;
    for (let n = 0; n < 20; n += 1) await file(`number-${n}`);
    await visit('/');
    await isLive();
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction('scrollY > 0');
    await page.locator('a[data-row]').nth(10).hover();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tickets/*');
    expect(await page.locator('h1').textContent()).toContain('shop/number-19');
  });
});

test('a ticket opens in a tab of its own by Control or the middle button (EasyCorp/EasyAdminBundle#7672, rundeck/rundeck#6600)', async () => {
  const { page } = desk;
  await file('checkout');
  await visit('/');
  for (const how of [{ modifiers: ['Control'] }, { button: 'middle' }] as const) {
    const opened = page.context().waitForEvent('page');
    await page.locator('a[data-row]').click(how as Parameters<ReturnType<typeof page.locator>['click']>[0]);
    await (await opened).locator('h1', { hasText: 'shop/checkout' }).waitFor();
  }
  expect(new URL(page.url()).pathname).toBe('/');
});

test.each([320, 390, 600, 768, 1024, 1280])(
  'a long name can be read whole at a width of %d (louislam/uptime-kuma#2100, #2106, #3293)',
  async (width) => {
    const { browser, host, it } = desk;
    const name = 'invoice-reconciliation-of-the-payments-of-all-tenants-in-europe-by-night-1234567890';
    await file(name, { environment: { owner: { kind: 'Deployment', namespace: 'a'.repeat(63), name } } });
    const { page, close } = await openPage(browser, host, { viewport: { width, height: 700 } });
    await page.goto(it.desk.url);
    const row = page.locator('a[data-row]');
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    // Neither squeezed into a column of letters, nor cut off.
    const box = await row.boundingBox();
    expect(box?.width).toBeGreaterThan(200);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    await close();
  },
);

test('a tab that nobody looked at shows what is, and nothing twice (kubernetes-retired/dashboard#4594, prymitive/karma#1099)', async () => {
  const { page, it } = desk;
  await file('first');
  await visit('/');
  await isLive();
  const seen = await page.context().newPage();
  await seen.goto(it.desk.url);
  await seen.locator('#live', { hasText: /^live$/ }).waitFor();
  const hide = (isHidden: boolean): Promise<unknown> =>
    page.evaluate(
      `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  await hide(true);
  for (let n = 0; n < 40; n += 1) await file(`number-${n}`);
  // The desk tells all pages at once: what the other one shows, this one would show by now.
  await seen.locator('.sub', { hasText: '41 open' }).waitFor();
  await seen.close();
  expect(await page.locator('a[data-row]').count()).toBe(1);
  await hide(false);
  await page.locator('a[data-row]', { hasText: 'number-39' }).waitFor();
  await page.locator('.sub', { hasText: '41 open' }).waitFor();
  const shown = await page.locator('a[data-row]').allTextContents();
  expect([shown.length, new Set(shown).size]).toEqual([41, 41]);
});
