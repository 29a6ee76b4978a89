import { describe, expect, test } from '@jest/globals';
import { TICKETS } from '../desk/fixtures.ts';
import { accessibilityFindings, looks, openPage } from './chromium.ts';
import { useDeskPage } from './desk-page.ts';

const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>"'&`;

const desk = useDeskPage();
const { visit, isLive } = desk;

/** What a ticket of the agent carries. */
function environment(name: string): Record<string, unknown> {
  return {
    collectedAt: '2026-01-01T00:00:05Z',
    incident: { class: 'crash', reason: 'CrashLoopBackOff', since: '2026-01-01T00:00:00Z', occurrences: 4 },
    owner: { kind: 'Deployment', namespace: 'shop', name, conditions: [{ type: 'a' }, { type: 'b' }] },
    events: [
      { type: 'Normal', reason: 'Pulled', message: 'there', object: 'Pod/a', lastAt: '2026-01-01T00:00:01Z' },
      {
        type: 'Warning',
        reason: 'BackOff',
        message: 'again',
        object: 'Pod/a',
        lastAt: '2026-01-01T00:00:02Z',
      },
    ],
    logs: [{ container: 'app', lines: ['line one', 'line two'] }],
  };
}

const file = (name: string, more: Record<string, unknown> = {}): Promise<string> =>
  desk.file(name, {
    subject: `Deployment shop/${name} crashes [k8s-0123456789-abcde]`,
    description:
      '# What fails\n\n```sh\nkubectl -n shop get pods --selector app=checkout --output wide --show-labels\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |',
    environment: environment(name),
    ...more,
  });

const complain = (): unknown => [desk.watched.complaints, [...desk.watched.hosts]];

describe('the list', () => {
  test('shows a new ticket without a reload, keeps the focus, and finds it again', async () => {
    const { it, page } = desk;
    await file('checkout');
    await visit('/');
    await isLive();
    await page.locator('a[data-row]').first().focus();
    const second = await file('search');
    await page.locator('a[data-row]', { hasText: 'shop/search' }).waitFor();
    expect(await page.evaluate('document.activeElement?.textContent')).toContain('shop/checkout');
    await page.keyboard.press('/');
    await page.keyboard.type('search');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?q=search$/);
    expect(await page.locator('a[data-row]').count()).toBe(1);
    await page.selectOption('select[name=state]', 'closed');
    await page.waitForURL(/state=closed/);
    await page.getByText('No ticket matches.').waitFor();
    // The address alone says what is shown.
    expect(new URL(page.url()).search).toBe('?q=search&state=closed');
    await it.call('POST', `${TICKETS}/${second}/close`, {});
    await page.locator('a[data-row]').waitFor();
    expect(complain()).toEqual([[], [desk.host]]);
  });

  test('is worked with the keyboard alone', async () => {
    const { page, watched } = desk;
    await file('checkout');
    await file('search');
    await visit('/');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('next ticket').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'shop/search' }).waitFor();
    await isLive();
    await page.keyboard.press('c');
    await page.keyboard.type('seen j k ?');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.entry', { hasText: 'seen j k ?' }).waitFor();
    await isLive();
    await page.keyboard.press('u');
    await page.locator('h1', { hasText: 'Tickets' }).waitFor();
    expect(watched.complaints).toEqual([]);
  });

  test('lets ages go on', async () => {
    const { page } = desk;
    await file('checkout');
    await page.clock.install();
    await visit('/');
    const age = page.locator('td[data-label="Last activity"] time');
    expect(await age.textContent()).toBe('just now');
    await page.clock.fastForward(5 * 60_000);
    await expectText(() => age.textContent(), '5 min ago');
  });
});

async function expectText(read: () => Promise<string | null>, wanted: string): Promise<void> {
  const { page } = desk;
  const deadline = Date.now() + 10_000;
  while ((await read()) !== wanted && Date.now() < deadline) await page.evaluate(() => undefined);
  expect(await read()).toBe(wanted);
}

describe('a ticket', () => {
  test('is commented, closed with what was being typed, and opened again', async () => {
    const { page } = desk;
    const id = await file('checkout');
    await visit(`/tickets/${id}`);
    await page.fill('#comment', 'I look **into** it');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.locator('.entry strong', { hasText: 'into' }).waitFor();
    await page.fill('#comment', 'It was the disk');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('.badges', { hasText: 'closed' }).waitFor();
    await page.locator('.entry', { hasText: 'It was the disk' }).waitFor();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.locator('.badges .badge.open').waitFor();
    await page.selectOption('select[name=status]', 'waiting_customer');
    await page.getByRole('button', { name: 'Set status' }).click();
    await page.locator('.badges', { hasText: 'waiting customer' }).waitFor();
    expect(complain()).toEqual([[], [desk.host]]);
  });

  test('keeps what is being typed, unfolded and focused when something comes in, and over a reload', async () => {
    const { it, page } = desk;
    const id = await file('checkout');
    await visit(`/tickets/${id}`);
    await isLive();
    await page.locator('summary', { hasText: 'normal event' }).click();
    await page.fill('#comment', 'half a sen');
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'from elsewhere' });
    await page.locator('.entry', { hasText: 'from elsewhere' }).waitFor();
    expect(await page.inputValue('#comment')).toBe('half a sen');
    expect(await page.evaluate('document.activeElement?.id')).toBe('comment');
    expect(await page.getByText('there', { exact: true }).isVisible()).toBe(true);
    await page.reload();
    expect(await page.inputValue('#comment')).toBe('half a sen');
  });

  test('takes a file and gives it back, and shows the raw environment', async () => {
    const { page } = desk;
    const id = await file('checkout');
    await visit(`/tickets/${id}`);
    await page.setInputFiles('input[type=file]', {
      name: 'dump.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('a dump'),
    });
    await page.getByRole('button', { name: 'Attach', exact: true }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'dump.txt' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('dump.txt');
    await page.getByRole('link', { name: 'Raw JSON' }).click();
    expect(await page.locator('body').textContent()).toContain('"CrashLoopBackOff"');
  });

  test('copies a command whole', async () => {
    const { page } = desk;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const id = await file('checkout');
    await visit(`/tickets/${id}`);
    await page.locator('.code', { hasText: 'kubectl' }).getByRole('button').click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      'kubectl -n shop get pods --selector app=checkout --output wide --show-labels',
    );
  });

  test('keeps hostile text as text, and asks no other host', async () => {
    const { it, page } = desk;
    const id = await file('checkout', {
      subject: `Subject ${evil} \u202e reversed`,
      description: `Text ${evil}\n\n[here](https://elsewhere.example/x) ![image](https://elsewhere.example/i.png)\n\n\`\`\`\nrm \u202e -rf\n\`\`\``,
      environment: { [evil]: evil, list: [{ [evil]: [evil] }], rows: [{ a: evil }, { a: evil }] },
    });
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: evil });
    for (const path of ['/', `/tickets/${id}`, `/?q=${encodeURIComponent(evil)}`]) {
      await visit(path);
      expect(await page.locator('img, main script').count()).toBe(0);
    }
    await visit(`/tickets/${id}`);
    expect(await page.locator('h1').textContent()).toContain('‹U+202E› reversed');
    expect(await page.locator('pre', { hasText: '-rf' }).first().textContent()).toContain('rm ‹U+202E› -rf');
    expect(await page.locator('a', { hasText: 'here' }).getAttribute('rel')).toContain('noopener');
    expect(complain()).toEqual([[], [desk.host]]);
  });
});

describe('every page', () => {
  test.each(looks)('can be used by everybody, and fits: %j', async (look) => {
    const { it, browser } = desk;
    const id = await file('checkout');
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'Seen. `kubectl get pods`' });
    await file('a-very-long-name-that-nobody-breaks-and-that-goes-on-and-on-for-ever-and-ever', {
      severity: 'low',
    });
    const other = await openPage(browser, desk.host, look);
    for (const path of ['/', '/?q=nothing', '/?workload=checkout', `/tickets/${id}`, '/tickets/7']) {
      await other.page.goto(it.desk.url + path);
      expect(await accessibilityFindings(other.page)).toEqual([]);
      const tooWide = await other.page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([path, tooWide]).toEqual([path, 0]);
    }
    // Only the browser's own word about the page that is not there.
    expect(other.complaints.filter((text) => !text.includes('404'))).toEqual([]);
    await other.close();
  });
});
