import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startDesk, TICKETS } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

/** By it the desk knows whose comments tell of the failure. */
const agent = { 'user-agent': 'ankra-support-agent/0.1.0' };
const evil = `<img src=x onerror=alert(1)>"'&`;

describe('the pages of the desk', () => {
  let it: TestDesk;
  beforeEach(async () => {
    it = await startDesk();
  });
  afterEach(() => it.desk.close());

  const form = (path: string, body: string, origin = it.desk.url): Promise<Response> =>
    fetch(it.desk.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
      body,
    });

  test('show the tickets, newest first, with the fields one looks for', async () => {
    await it.create({ subject: 'The older one of the two' });
    await it.clock.advance(5 * 60_000);
    const { id } = (await it.create({ subject: 'The newer one of the two [k8s-0123456789-abcde]' })).body;
    const { body } = await it.call('GET', '/');
    expect(body.indexOf('The newer one')).toBeLessThan(body.indexOf('The older one'));
    for (const text of [
      `/tickets/${id}`,
      'critical',
      'prod-eu-1',
      '5 min ago',
      '2 open, 0 recovered, 0 closed',
    ]) {
      expect(body).toContain(text);
    }
    expect((await it.call('GET', '/?q=older')).body).not.toContain('The newer one');
    expect((await it.call('GET', '/?status=closed')).body).toContain('No ticket matches.');
  });

  test('show one ticket with its description, environment and comments', async () => {
    const { id } = (await it.create({ description: '## What happens\n\n- exit code **3** in `app`' })).body;
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'It has `recovered`.' });
    const { body } = await it.call('GET', `/tickets/${id}`);
    expect(body).toContain('<h3>What happens</h3>');
    expect(body).toContain('exit code <strong>3</strong> in <code>app</code>');
    expect(body).toContain('It has <code>recovered</code>.');
    expect(body).toContain('checkout-1');
  });

  test('escape everything that a cluster or a person wrote', async () => {
    const { id } = (
      await it.create({
        subject: `Subject ${evil}`,
        description: `Text ${evil} and more of it\n\n\`\`\`\n${evil}\n\`\`\`\n\n| a |\n|---|\n| ${evil} |`,
        environment: { [evil]: evil, list: [{ [evil]: [evil] }], rows: [{ a: evil }, { a: evil }] },
      })
    ).body;
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: evil });
    for (const path of [
      '/',
      `/tickets/${id}`,
      `/?q=${encodeURIComponent(evil)}`,
      `/tickets/${encodeURIComponent(evil)}`,
    ]) {
      const { body } = await it.call('GET', path);
      expect(body).not.toContain('<img');
      expect(body).not.toContain(`x"'&`);
    }
    expect((await it.call('GET', `/tickets/${id}`)).body).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('allow no script but their own', async () => {
    const first = (await it.call('GET', '/')).headers.get('content-security-policy') ?? '';
    const second = (await it.call('GET', '/')).headers.get('content-security-policy') ?? '';
    expect(first).toMatch(/default-src 'none'; .*script-src 'nonce-[A-Za-z0-9+/=]{24}'/u);
    expect(first).not.toContain('unsafe');
    expect(first).not.toBe(second);
  });

  test('take comments, and give a ticket any status', async () => {
    const { id } = (await it.create()).body;
    const commented = await form(`/tickets/${id}/comments`, 'body=Looking+into+it');
    expect([commented.status, commented.headers.get('location')]).toEqual([303, `/tickets/${id}#said`]);
    expect(it.desk.store.comments(id)).toMatchObject([
      { author_label: 'Support engineer', body: 'Looking into it' },
    ]);
    for (const status of ['closed', 'open', 'waiting_customer']) {
      expect((await form(`/tickets/${id}/status`, `status=${status}`)).status).toBe(303);
      expect(it.desk.store.ticket(id)?.status).toBe(status);
    }
    expect((await form(`/tickets/${id}/status`, 'status=gone')).status).toBe(422);
    expect((await form(`/tickets/${id}/comments`, 'body=')).status).toBe(422);
  });

  test('say what was being typed when the ticket is closed', async () => {
    const { id } = (await it.create()).body;
    await form(`/tickets/${id}/status`, 'status=closed&body=It+was+the+disk');
    expect(it.desk.store.comments(id)).toMatchObject([{ body: 'It was the disk' }]);
    expect(it.desk.store.ticket(id)?.status).toBe('closed');
  });

  test('show the whole way of a ticket as a time line, in its order', async () => {
    const environment = {
      collectedAt: '2026-01-01T00:00:05Z',
      incident: { class: 'crash', since: '2026-01-01T00:00:00Z', occurrences: 4 },
      owner: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    };
    const { id } = (await it.create({ environment })).body;
    await it.clock.advance(1_000);
    await it.call('POST', `${TICKETS}/${id}/comments`, { body: '**Recovered** at noon.' }, agent);
    await it.clock.advance(1_000);
    await form(`/tickets/${id}/status`, 'status=closed');
    await it.clock.advance(1_000);
    await form(`/tickets/${id}/status`, 'status=open');
    const { body } = await it.call('GET', `/tickets/${id}`);
    const line = body.slice(body.indexOf('Time line'));
    const titles = [...line.matchAll(/<b>([^<]+)<\/b>/gu)].map(([, title]) => title);
    expect(titles.slice(0, 6)).toEqual([
      'Failing since',
      'Incident opened, evidence collected',
      'Filed',
      'Recovered',
      'Closed',
      'Reopened',
    ]);
    expect(body).toContain('Deployment shop/checkout');
    expect((await it.call('GET', '/')).body).toMatch(/badge recovered.*\?class=crash.*shop\/checkout.*>4</su);
    expect((await it.call('GET', '/?state=open')).body).toContain('No ticket matches.');
    expect((await it.call('GET', '/?workload=checkout&class=crash')).body).toContain(id);
    expect((await it.call('GET', '/?class=image')).body).toContain('No ticket matches.');
  });

  test('take files and give them back; show the environment as it was sent', async () => {
    const environment = { a: { b: ['c'] } };
    const { id } = (await it.create({ environment })).body;
    const body = new FormData();
    body.append('file', new File(['line one\n'], 'dump.txt', { type: 'text/plain' }));
    const path = `/tickets/${id}/attachments`;
    const sent = await fetch(it.desk.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: it.desk.url },
      body,
    });
    expect(sent.status).toBe(303);
    const page = (await it.call('GET', `/tickets/${id}`)).body;
    const [link = ''] = /\/tickets\/[^"]+\/attachments\/[^"]+/u.exec(page) ?? [];
    expect((await it.call('GET', link)).body).toBe('line one\n');
    const raw = await it.call('GET', `/tickets/${id}/environment`);
    expect(raw.body).toEqual(environment);
    expect(raw.headers.get('content-security-policy')).toContain('sandbox');
  });

  test('serve their own script and style, and nothing else, from a folder', async () => {
    for (const name of ['desk.js', 'forms.js', 'live.js', 'follow.js', 'times.js', 'desk.css']) {
      const { status, headers } = await it.call('GET', `/assets/${name}`);
      expect(status).toBe(200);
      const again = await it.call('GET', `/assets/${name}`, undefined, {
        'if-none-match': headers.get('etag') ?? '',
      });
      expect(again.status).toBe(304);
    }
    for (const name of ['tsconfig.json', '..%2froutes.ts', 'none']) {
      expect((await it.call('GET', `/assets/${name}`)).status).toBe(404);
    }
  });

  test('refuse forms of other sites and names that only lead to this machine', async () => {
    const { id } = (await it.create()).body;
    expect((await form(`/tickets/${id}/status`, 'status=closed', 'https://elsewhere.example')).status).toBe(
      403,
    );
    expect((await form(`/tickets/${id}/status`, 'status=closed', 'null')).status).toBe(403);
    expect(it.desk.store.ticket(id)?.status).toBe('open');
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const options = {
        port: it.desk.port,
        host: '127.0.0.1',
        path: '/',
        headers: { host: 'rebound.example' },
      };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  test('say that a ticket is unknown', async () => {
    const { status, body } = await it.call('GET', '/tickets/7');
    expect(status).toBe(404);
    expect(body).toContain('Ticket not found');
  });
});
