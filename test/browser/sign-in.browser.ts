import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { MINUTE } from '../../src/domain/clock.ts';
import { startDesk, TOKEN } from '../desk/fixtures.ts';
import { accessibilityFindings, looks, openPage } from './chromium.ts';
import { useDeskPage } from './desk-page.ts';

const desk = useDeskPage({}, { signIn: true });

async function signIn(page: Page): Promise<void> {
  await page.fill('#token', TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test.each(looks)('the page of the sign-in can be used by everybody, and fits: %j', async (look) => {
  const { page, close, complaints } = await openPage(desk.browser, desk.host, look);
  await page.goto(desk.it.desk.url);
  for (const text of ['Sign in with one of its tokens', 'does not know this token']) {
    await page.getByText(text).waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await page.fill('#token', 'not-a-token-of-this-desk');
    await page.keyboard.press('Enter');
  }
  await signIn(page);
  await page.locator('h1', { hasText: 'Tickets' }).waitFor();
  expect(await accessibilityFindings(page)).toEqual([]);
  // Only the browser's own word about the answer 401.
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  await close();
});

test('what was being written outlives the end of the session (418sec/huntr#2103, lobsters/lobsters#53, mozilla/experimenter#881)', async () => {
  const { page, it, visit, isLive, file } = desk;
  const id = await file('checkout');
  await visit(`/tickets/${id}`);
  await signIn(page);
  await isLive();
  await page.fill('#comment', 'It was the disk of node-3');
  await it.clock.advance(13 * 60 * MINUTE);
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await signIn(page);
  await page.waitForURL(`**/tickets/${id}`);
  expect(await page.inputValue('#comment')).toBe('It was the disk of node-3');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.locator('.entry', { hasText: 'It was the disk of node-3' }).waitFor();
  expect(await page.inputValue('#comment')).toBe('');
  await page.reload();
  expect(await page.inputValue('#comment')).toBe('');
});

test('two desks of one host keep their sessions apart (OctoPrint/OctoPrint#1479, elastic/kibana#189311)', async () => {
  const { browser, it } = desk;
  const other = await startDesk({ signIn: true });
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const { desk: one } of [it, other]) {
    await page.goto(one.url);
    await signIn(page);
    await page.locator('h1', { hasText: 'Tickets' }).waitFor();
  }
  await page.goto(it.desk.url);
  expect(await page.locator('h1').textContent()).toBe('Tickets');
  await context.close();
  await other.desk.close();
});
