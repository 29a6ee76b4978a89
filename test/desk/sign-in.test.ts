import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { goodBody, OTHER_TOKEN, startDesk, TICKETS, TOKEN } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

let it: TestDesk;
beforeEach(async () => {
  it = await startDesk({ signIn: true });
});
afterEach(() => it.desk.close());

interface PageAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** As a browser does it: a form with the origin of the page, and the cookie. */
async function visit(
  path: string,
  form?: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<PageAnswer> {
  const response = await fetch(it.desk.url + path, {
    redirect: 'manual',
    headers: { ...(form === undefined ? {} : { origin: it.desk.url }), ...headers },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function signIn(token = TOKEN): Promise<string> {
  const answer = await visit('/sign-in', { token, next: '/?q=x' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?q=x']);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('a desk that others can reach', () => {
  test('shows nothing without a sign-in, and leads to it and back', async () => {
    const { id } = (await it.create()).body;
    for (const path of ['/', `/tickets/${id}`, '/?q=a']) {
      const answer = await visit(path);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
      expect(answer.text).not.toContain(goodBody.subject);
    }
    for (const [referer, next] of [
      [`${it.desk.url}/tickets/${id}`, `/tickets/${id}`],
      [`http://elsewhere.example/tickets/${id}`, '/'],
      ['', '/'],
    ] as const) {
      const answer = await visit(`/tickets/${id}/status`, { status: 'closed' }, { referer });
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent(next)}`);
    }
    expect(it.desk.store.ticket(id)?.status).toBe('open');
    expect((await visit('/sign-in?next=%2F')).text).toContain('type="password"');
  });

  test('gives a cookie that no script and no other site can use', async () => {
    const answer = await visit('/sign-in', { token: TOKEN });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^desk-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/u);
    expect(cookie).not.toContain(TOKEN);
  });

  test('takes no token that it does not know, and leads nowhere else', async () => {
    const refused = await visit('/sign-in', { token: 'wrong' });
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null]);
    expect(refused.text).not.toContain('value="wrong"');
    for (const next of [
      '//evil.example',
      'https://evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
      '\t//evil.example',
    ]) {
      const answer = await visit('/sign-in', { token: TOKEN, next });
      expect(answer.headers.get('location')).toMatch(/^\/(?!\/|\\)|^\/$/u);
      expect(answer.headers.get('location')).not.toContain('//');
    }
  });

  test('takes what is written only with the secret of the session, from its own pages', async () => {
    const { id } = (await it.create()).body;
    const cookie = await signIn();
    const page = await visit(`/tickets/${id}`, undefined, { cookie });
    const csrf = /name="csrf" value="([\w-]{43})"/u.exec(page.text)?.[1] ?? '';
    const post = (form: Record<string, string>, headers = {}): Promise<PageAnswer> =>
      visit(`/tickets/${id}/comments`, { body: 'Seen.', ...form }, { cookie, ...headers });
    expect((await post({})).status).toBe(403);
    expect((await post({ csrf: 'x'.repeat(43) })).status).toBe(403);
    expect((await post({ csrf: 'ö'.repeat(43) })).status).toBe(403);
    expect((await post({ csrf }, { origin: 'https://evil.example' })).status).toBe(403);
    expect(it.desk.store.comments(id)).toEqual([]);
    expect((await post({ csrf })).status).toBe(303);
    expect(it.desk.store.comments(id)).toMatchObject([{ author_type: 'team', body: 'Seen.' }]);
  });

  test('shows the tickets of the organisations of the token alone', async () => {
    const own = (await it.create()).body.id;
    const other = (await it.call('POST', TICKETS, goodBody, { authorization: `Bearer ${OTHER_TOKEN}` })).body
      .id;
    const cookie = await signIn();
    const list = (await visit('/', undefined, { cookie })).text;
    expect(list).toContain(own);
    expect(list).not.toContain(other);
    expect((await visit(`/tickets/${other}`, undefined, { cookie })).status).toBe(404);
  });

  test('ends a session when a person signs out, and after twelve hours', async () => {
    const cookie = await signIn();
    expect((await visit('/', undefined, { cookie })).status).toBe(200);
    await it.clock.advance(12 * 60 * 60_000);
    expect((await visit('/', undefined, { cookie })).status).toBe(303);
    const { id } = (await it.create()).body;
    const second = await signIn();
    const page = await visit(`/tickets/${id}`, undefined, { cookie: second });
    const csrf = /name="csrf" value="([\w-]{43})"/u.exec(page.text)?.[1] ?? '';
    expect((await visit('/sign-out', { csrf }, { cookie: second })).headers.get('location')).toBe('/sign-in');
    expect((await visit('/', undefined, { cookie: second })).status).toBe(303);
  });
});
