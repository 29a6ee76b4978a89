import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { createDesk } from '../../src/desk/desk.ts';
import { TICKETS, TOKEN } from '../desk/fixtures.ts';
import { useDeskPage } from './desk-page.ts';

/** What users of other dashboards and commands have reported. Each test names the report. */

const desk = useDeskPage({ viewport: { width: 1000, height: 500 } });
const { visit, isLive, file } = desk;

test('a copy button works where the page has no clipboard, over plain http (tale/headplane#597)', async () => {
  const { it, page, watched } = desk;
  const id = await file('checkout', { description: 'Run this:\n\n    kubectl get pods --all-namespaces\n' });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.addInitScript('Object.defineProperty(navigator, "clipboard", { value: undefined })');
  await visit(`/tickets/${id}`);
  await page.locator('.code').getByRole('button').click();
  await page.getByText('Copied').waitFor();
  const other = await page.context().newPage();
  await other.goto(it.desk.url);
  expect(await other.evaluate('navigator.clipboard.readText()')).toBe('kubectl get pods --all-namespaces');
  expect(watched.complaints).toEqual([]);
});

test('ages are told by the clock of the desk, not by that of the reader (kubernetes-retired/dashboard#427)', async () => {
  const { it, page } = desk;
  await file('checkout');
  await it.clock.advance(10 * 60_000);
  await page.clock.install({ time: Date.now() + 3_600_000 });
  await visit('/');
  await isLive();
  expect(await page.locator('td[data-label="Last activity"] time').textContent()).toBe('10 min ago');
});

test('what is typed into the search stays when the list changes (Icinga/icingaweb2#995)', async () => {
  const { page } = desk;
  await file('checkout');
  await visit('/');
  await isLive();
  await page.locator('#search').pressSequentially('check');
  await file('mailer');
  await page.locator('a[data-row]', { hasText: 'mailer' }).waitFor();
  await page.locator('#search').pressSequentially('out');
  expect(await page.inputValue('#search')).toBe('checkout');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=checkout/);
  expect(await page.locator('a[data-row]').count()).toBe(1);
});

test('the place that is read stays where it is when the page changes (Icinga/icingaweb2#934)', async () => {
  const { it, page } = desk;
  const description = Array.from({ length: 80 }, (_none, at) => `Paragraph ${at}`).join('\n\n');
  const id = await file('checkout', { description });
  await visit(`/tickets/${id}`);
  await isLive();
  await page.getByText('Paragraph 60').scrollIntoViewIfNeeded();
  const before = await page.evaluate('scrollY');
  await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'from elsewhere' });
  await page.locator('.entry', { hasText: 'from elsewhere' }).waitFor();
  expect(before).toBeGreaterThan(500);
  expect(await page.evaluate('scrollY')).toBe(before);
});

test('a page goes on when the server was restarted, and shows what it has missed (spinje/pflow#529, eclipse-archived/smarthome#3031)', async () => {
  const { it, page } = desk;
  const { port } = it.desk;
  await visit('/');
  await isLive();
  await it.desk.close();
  await page.locator('#live', { hasText: 'no connection' }).waitFor();
  const tokens = [{ token: TOKEN, organisationIds: ['11111111-1111-4111-8111-111111111111'] }];
  const next = await createDesk({ file: ':memory:', host: '127.0.0.1', port, tokens });
  const sent = await fetch(`${next.url}${TICKETS}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ subject: 'After the restart', description: 'It is there again, since a moment.' }),
  });
  expect(sent.ok).toBe(true);
  await page.locator('a[data-row]', { hasText: 'After the restart' }).waitFor();
  await isLive();
  await next.close();
});

test('several filters hold together, and over a reload (prometheus/alertmanager#1988, prymitive/karma#3095)', async () => {
  const { page } = desk;
  const of = (failure: string, name: string): Record<string, unknown> => ({
    environment: { incident: { class: failure }, owner: { kind: 'Deployment', namespace: 'shop', name } },
  });
  await file('one', of('crash', 'one'));
  await file('two', of('image', 'one'));
  await file('three', of('crash', 'two'));
  await visit('/?class=crash');
  const link = page.getByRole('link', { name: 'Deployment shop/one', exact: true });
  const target = new URL((await link.getAttribute('href')) ?? '', page.url()).href;
  await link.click();
  await page.waitForURL(target);
  // The choice is taken by the script of the page that has come, and not by the one that is left.
  await isLive();
  await page.selectOption('select[name=class]', 'crash');
  await page.waitForURL(/class=crash/);
  await page.reload();
  expect(await page.locator('a[data-row]').allTextContents()).toEqual(['Deployment shop/one crashes']);
});

test.each(['a&b=c', 'a+b', '100%25', 'E:\\', '"quoted"', 'ä ö', '#x'])(
  'a filter of any characters is the same after a reload: %s (metabase/metabase#3423, prometheus/alertmanager#3946)',
  async (name) => {
    const { page } = desk;
    await file('one', { subject: `Words ${name} in a subject`, environment: { incident: { class: name } } });
    await file('other');
    await visit('/');
    await page.getByRole('link', { name, exact: true }).click();
    await page.reload();
    expect(await page.locator('select[name=class]').inputValue()).toBe(name);
    expect(await page.locator('a[data-row]').count()).toBe(1);
    await page.fill('#search', name);
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    expect(await page.inputValue('#search')).toBe(name);
    expect(await page.locator('a[data-row]').count()).toBe(1);
  },
);

test('what an input method composes is no shortcut (yomidevs/yomitan#837), nor is a key behind a dialog', async () => {
  const { page } = desk;
  await file('checkout');
  await visit('/');
  await isLive();
  await page.evaluate(
    'document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", isComposing: true, bubbles: true }))',
  );
  expect(await page.evaluate('document.activeElement.tagName')).toBe('BODY');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  expect(await page.evaluate('document.activeElement.dataset.row')).toBeUndefined();
});

test('a pipe gets no colours, and a terminal none when NO_COLOR is set (colbymchenry/codegraph#1281)', () => {
  const main = join(resolve(import.meta.dirname, '../..'), 'src/main.ts');
  const args = [
    '--disable-warning=ExperimentalWarning',
    main,
    'demo',
    '--scenario',
    'manual',
    '--until',
    'filed',
  ];
  const piped = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const command = [process.execPath, ...args].join(' ');
  // `script` gives it a terminal.
  const onTerminal = (env: Record<string, string>): string =>
    spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
    }).stdout;
  expect(piped.stderr + piped.stdout).not.toContain('\u001b[');
  expect(onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b[');
  expect(onTerminal({})).toContain('\u001b[');
});
