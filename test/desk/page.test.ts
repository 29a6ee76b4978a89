import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startDesk, TICKETS } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

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
      'agent',
      '5 min ago',
      '2 open, 0 resolved or closed',
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
    expect(body).toContain('<h4>What happens</h4>');
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

  test('take comments and close the ticket', async () => {
    const { id } = (await it.create()).body;
    const commented = await form(`/tickets/${id}/comments`, 'body=Looking+into+it');
    expect([commented.status, commented.headers.get('location')]).toEqual([303, `/tickets/${id}`]);
    expect(it.desk.store.comments(id)).toMatchObject([
      { author_label: 'Support engineer', body: 'Looking into it' },
    ]);
    expect((await form(`/tickets/${id}/close`, 'body=')).status).toBe(303);
    expect(it.desk.store.ticket(id)?.status).toBe('closed');
    expect((await form(`/tickets/${id}/comments`, 'body=')).status).toBe(422);
  });

  test('refuse forms of other sites and names that only lead to this machine', async () => {
    const { id } = (await it.create()).body;
    expect((await form(`/tickets/${id}/close`, '', 'https://elsewhere.example')).status).toBe(403);
    expect((await form(`/tickets/${id}/close`, '', 'null')).status).toBe(403);
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

  test('tell when something has changed', async () => {
    const revision = async (): Promise<string> => (await it.call('GET', '/revision')).body;
    const before = await revision();
    expect(await revision()).toBe(before);
    const { id } = (await it.create()).body;
    const created = await revision();
    expect(created).not.toBe(before);
    await it.clock.advance(1);
    await it.call('POST', `${TICKETS}/${id}/close`, {});
    expect(await revision()).not.toBe(created);
  });

  test('say that a ticket is unknown', async () => {
    const { status, body } = await it.call('GET', '/tickets/7');
    expect(status).toBe(404);
    expect(body).toContain('Ticket not found');
  });
});
