import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CLUSTER,
  goodBody,
  ORGANISATION,
  OTHER_ORGANISATION,
  OTHER_TOKEN,
  startDesk,
  TICKETS,
  TOKEN,
} from './fixtures.ts';
import type { Answer, TestDesk } from './fixtures.ts';

// Requests as other clients send them, written down by hand. What the vendor's own command line sends was read in its source
// (github.com/ankraio/ankra-cli, internal/client/support.go).

let it: TestDesk;
beforeAll(async () => {
  it = await startDesk({
    organisations: [
      { id: ORGANISATION, name: 'Shop' },
      { id: OTHER_ORGANISATION, name: 'Bank & Co' },
    ],
    clusters: [
      CLUSTER,
      { id: '0b7c1f1e-8a53-4a6e-b1a7-3f6a1c0d9e12', name: 'of-bank', organisationId: OTHER_ORGANISATION },
    ],
  });
});
afterAll(() => it.desk.close());

const other = { authorization: `Bearer ${OTHER_TOKEN}` };

describe('the vendor’s command line', () => {
  const draft = {
    subject: 'Nodes NotReady',
    description: 'Three nodes since 03:00 today.',
    category: 'technical',
    source: 'cli',
  };

  test('files with a review, which can be used once', async () => {
    const review = await it.call('POST', `${TICKETS}/review`, draft);
    const { review_id } = review.body;
    expect(review.body.duplicate_candidates).toEqual([]);
    const filed = await it.call('POST', TICKETS, { review_id, source: 'cli', acknowledged: false });
    expect([filed.status, filed.body.subject]).toEqual([201, draft.subject]);
    const again = await it.call('POST', TICKETS, { review_id, source: 'cli', acknowledged: true });
    expect([again.status, again.body.detail]).toEqual([404, expect.stringMatching(/used already/u)]);
  });

  test('reads the confidence of a duplicate as a word', async () => {
    const { body } = await it.call('POST', `${TICKETS}/review`, draft);
    expect(body).toMatchObject({ recommended_action: 'see_duplicate', quality: 'pass' });
    expect(body.duplicate_candidates).toMatchObject([
      { confidence: 'high', status_label: 'open', already_resolved: false },
    ]);
    const part = await it.call('POST', `${TICKETS}/review`, { ...draft, subject: 'NotReady' });
    expect(part.body.duplicate_candidates).toMatchObject([{ confidence: 'medium' }]);
  });

  test('a review is kept when its ticket was refused', async () => {
    const review = await it.call('POST', `${TICKETS}/review`, { ...draft, description: 'short' });
    const { review_id } = review.body;
    expect((await it.call('POST', TICKETS, { review_id, source: 'cli', acknowledged: false })).status).toBe(
      409,
    );
    expect((await it.call('POST', TICKETS, { review_id, source: 'cli', acknowledged: true })).status).toBe(
      201,
    );
  });

  test('lists, switches and names organisations', async () => {
    const { body } = await it.call('GET', '/api/v1/org/organisation', undefined, other);
    const bank = {
      organisation_id: OTHER_ORGANISATION,
      name: 'Bank & Co',
      slug: 'bank-co',
      user_current: true,
      status: 'active',
      role: 'member',
    };
    expect(body).toEqual([
      bank,
      expect.objectContaining({ organisation_id: ORGANISATION, name: 'Shop', user_current: false }),
    ]);
    const switching = { organisation_id: ORGANISATION };
    expect((await it.call('POST', '/api/v1/org/organisation/switch', switching, other)).body.success).toBe(
      true,
    );
    expect((await it.create()).body.organisation_id).toBe(ORGANISATION);
    expect((await it.call('POST', TICKETS, goodBody, other)).body.organisation_id).toBe(ORGANISATION);
    const named = { ...other, 'X-Ankra-Organisation-Id': OTHER_ORGANISATION };
    expect((await it.call('POST', TICKETS, goodBody, named)).body.organisation_id).toBe(OTHER_ORGANISATION);
    expect(
      (await it.call('POST', '/api/v1/org/organisation/switch', { organisation_id: OTHER_ORGANISATION }))
        .status,
    ).toBe(404);
    expect((await it.call('GET', `/api/v1/org/organisation/${ORGANISATION}`)).body).toMatchObject({
      name: 'Shop',
      users: [],
    });
  });

  test('finds clusters by page, name and id, of its own organisation', async () => {
    const names = async (query: string, headers = {}): Promise<string[]> =>
      (await it.call('GET', `/api/v1/clusters?${query}`, undefined, headers)).body.result.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names('page=1&page_size=25')).toEqual([CLUSTER.name]);
    expect(await names('cluster_name=prod-eu-1')).toEqual([CLUSTER.name]);
    expect(await names('cluster_name=of-bank')).toEqual([]);
    expect(await names(`cluster_id=${CLUSTER.id}&page=1&page_size=1`)).toEqual([CLUSTER.name]);
    const bank = { ...other, 'x-ankra-organisation-id': OTHER_ORGANISATION };
    expect(await names('page=2&page_size=1', bank)).toEqual(['of-bank']);
    const page = await it.call('GET', '/api/v1/clusters?page=1&page_size=1', undefined, bank);
    expect(page.body.pagination).toEqual({ page: 1, page_size: 1, total_pages: 2, total_count: 2 });
  });

  test('comments carry the kind of their author', async () => {
    const { id } = (await it.create()).body;
    const path = `${TICKETS}/${id}/comments`;
    await it.call('POST', path, { body: 'from a person' }, { 'user-agent': 'Go-http-client/1.1' });
    await it.call('POST', path, { body: 'from the agent' }, { 'user-agent': 'ankra-support-agent' });
    const { body } = await it.call('GET', `${TICKETS}/${id}`);
    expect(body.comments.map(({ author_type }: { author_type: string }) => author_type)).toEqual([
      'customer',
      'agent',
    ]);
  });

  test('sends no body to close', async () => {
    const { id } = (await it.create()).body;
    expect((await it.call('POST', `${TICKETS}/${id}/close`)).body.status).toBe('closed');
  });
});

describe('attachments', () => {
  const B = 'AaB03x';
  const PNG = '\u{89}PNG\r\n\u{1a}\n0123';

  async function upload(
    part: string,
    content: string,
    frame: Partial<Record<'before' | 'end' | 'type', string>> = {},
  ): Promise<Answer> {
    const { id } = (await it.create()).body;
    const { before = '', end = '--\r\n', type = `multipart/form-data; boundary=${B}` } = frame;
    const body = Buffer.from(`${before}--${B}\r\n${part}\r\n\r\n${content}\r\n--${B}${end}`, 'latin1');
    const response = await fetch(`${it.desk.url}${TICKETS}/${id}/attachments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
      body,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  const disposition = (rest: string): string => `Content-Disposition: form-data; name="file"; ${rest}`;
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

  test.each([
    [
      'Go: octet-stream, and quotes with a backslash',
      `${disposition('filename="a\\"b.png"')}\r\nContent-Type: application/octet-stream`,
      PNG,
      {},
      'a"b.png',
      'image/png',
    ],
    [
      'browsers: quotes in percent',
      `${disposition('filename="a%22b.png"')}\r\nContent-Type: image/png`,
      PNG,
      {},
      'a"b.png',
      'image/png',
    ],
    ['Python requests: no type', disposition('filename="app.log"'), 'one\ntwo', {}, 'app.log', 'text/plain'],
    [
      'curl: a quoted boundary',
      `${disposition('filename="app.log"')}\r\nContent-Type: text/plain`,
      'one',
      { type: `multipart/form-data; boundary="${B}"` },
      'app.log',
      'text/plain',
    ],
    [
      'Apache HttpClient: capital letters, charset first, transfer encoding',
      `${disposition('filename="d.json"')}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary`,
      '{}',
      { type: `Multipart/Form-Data; charset=UTF-8; boundary=${B}` },
      'd.json',
      'application/json',
    ],
    [
      'OkHttp: length of the part',
      `${disposition('filename="d.yaml"')}\r\nContent-Length: 4`,
      'a: 1',
      {},
      'd.yaml',
      'application/yaml',
    ],
    ['no line end at the end', disposition('filename="a.csv"'), 'a,b', { end: '--' }, 'a.csv', 'text/csv'],
    [
      'a preamble and an epilogue',
      disposition('filename="a.md"'),
      '# a',
      { before: 'ignore me\r\n', end: '--\r\nignore me' },
      'a.md',
      'text/markdown',
    ],
    [
      'httpx: UTF-8 in the name',
      disposition(utf8('filename="Größe 日.txt"')),
      'a',
      {},
      'Größe 日.txt',
      'text/plain',
    ],
    [
      'RFC 5987: filename*',
      disposition(`filename="x"; filename*=UTF-8''%e2%82%ac.txt`),
      'a',
      {},
      '€.txt',
      'text/plain',
    ],
    [
      'a path in the name',
      disposition('filename="C:\\\\logs\\\\..\\\\app.log"'),
      'a',
      {},
      'app.log',
      'text/plain',
    ],
    [
      'a wrong name: the first bytes decide',
      disposition('filename="shot.txt"'),
      PNG,
      {},
      'shot.txt',
      'image/png',
    ],
    [
      'UTF-16 with its mark',
      disposition('filename="win.log"'),
      '\u{ff}\u{fe}a\0b\0',
      {},
      'win.log',
      'text/plain',
    ],
  ] as const)('%s', async (...[, part, content, frame, filename, type]) => {
    const { status, body } = await upload(part, content, frame);
    expect([status, body.attachments]).toMatchObject([201, [{ filename, content_type: type }]]);
    const download = await fetch(
      `${it.desk.url}${TICKETS}/${body.id}/attachments/${body.attachments[0].id}`,
      {
        headers: { authorization: `Bearer ${TOKEN}` },
      },
    );
    expect(Buffer.from(await download.arrayBuffer()).toString('latin1')).toBe(content);
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''/u);
  });

  test('content that looks like the header of a part is not changed', async () => {
    const content = `x\r\n\r\n${disposition('filename="a\\"b"')}\r\n\r\n\\"`;
    const { body } = await upload(disposition('filename="a\\"b.txt"'), content);
    const path = `${TICKETS}/${body.id}/attachments/${body.attachments[0].id}`;
    expect((await it.call('GET', path)).body).toBe(content);
  });

  test.each([
    ['a.svg', '<svg onload="x"/>', 'image/svg+xml', 415],
    ['a.png', '<svg onload="x"/>', 'image/svg+xml', 415],
    ['a.html', 'hello', 'application/octet-stream', 415],
    ['a.bin', '\0\u{1}\u{2}', 'text/plain', 415],
    ['tool', '\u{7f}ELF\u{2}\0\0', 'application/octet-stream', 415],
    ['setup.exe', 'MZ\u{90}\0', 'image/png', 415],
    ['latin1.txt', 'Gr\u{f6}\u{df}e', 'text/plain', 415],
  ])('%s with %j as %s is refused', async (filename, content, type, status) => {
    const answer = await upload(`${disposition(`filename="${filename}"`)}\r\nContent-Type: ${type}`, content);
    expect([answer.status, typeof answer.body.detail]).toEqual([status, 'string']);
  });

  test('many parts, no boundary and a broken frame are refused at once', async () => {
    const many = `${disposition('')}\r\n\r\nx\r\n--${B}\r\n`.repeat(40_000);
    const before = performance.now();
    expect((await upload(many + disposition('filename="a"'), 'a')).status).toBe(400);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect((await upload(disposition('filename="a"'), 'a', { type: 'multipart/form-data' })).status).toBe(
      400,
    );
    expect((await upload(disposition('filename="a"'), 'a', { end: '' })).status).toBe(400);
    expect((await upload('Content-Disposition: form-data; name="other"', 'a')).status).toBe(422);
  });
});

describe('any client', () => {
  test('a JSON content type without a body, and a body with a mark of UTF-8', async () => {
    const { id } = (await it.create()).body;
    const json = { 'content-type': 'application/json' };
    expect((await it.call('POST', `${TICKETS}/${id}/close`, undefined, json)).status).toBe(200);
    expect((await it.call('POST', TICKETS, undefined, json)).body.detail).toMatchObject([{ loc: ['body'] }]);
    expect((await it.call('GET', TICKETS, undefined, json)).status).toBe(200);
    const marked = `\u{feff}${JSON.stringify(goodBody)}`;
    expect(
      (await it.call('POST', TICKETS, marked, { 'content-type': 'application/json; charset=UTF-8' })).status,
    ).toBe(201);
    expect(
      (
        await it.call('POST', TICKETS, JSON.stringify(goodBody), {
          'content-type': 'application/vnd.api+json',
        })
      ).status,
    ).toBe(201);
  });

  test('HEAD, a slash at the end, unknown parameters', async () => {
    expect((await it.call('HEAD', TICKETS)).status).toBe(200);
    expect((await it.call('GET', `${TICKETS}/`)).status).toBe(200);
    expect((await it.call('POST', `${TICKETS}/`, goodBody)).status).toBe(201);
    expect((await it.call('GET', `${TICKETS}?sort=-created_at&include=all&__proto__=x&limit=`)).status).toBe(
      200,
    );
  });

  test.each([
    ['status=open&status=closed', 2],
    ['status[]=open&status[]=closed', 2],
    ['status%5B0%5D=open&status%5B1%5D=closed', 2],
    ['status=closed', 1],
    ['status=', 2],
    ['status=open&page=7&page=1', 1],
  ])('the list with %s', async (query, states) => {
    const { status, body } = await it.call('GET', `${TICKETS}?${query}&page_size=100`);
    expect(status).toBe(200);
    expect(new Set(body.result.map((ticket: { status: string }) => ticket.status)).size).toBe(states);
  });

  test.each([
    '\0',
    'a\0b',
    '\u{d800}',
    '\u{202e}gnp.exe',
    '😀'.repeat(200),
    '"',
    '\\',
    "'; DROP TABLE tickets; --",
  ])('a subject of %j is kept and found', async (text) => {
    const subject = text.length > 100 ? text : `${text} is the subject`;
    const { status, body } = await it.create({ subject });
    expect(status).toBe(201);
    expect(body.subject).toBe(subject.toWellFormed());
    const query = new URLSearchParams({ q: subject.toWellFormed().slice(0, 40) });
    const list = await it.call('GET', `${TICKETS}?${query.toString()}`);
    expect(list.status).toBe(200);
    // SQLite ends a pattern at a NUL.
    const found = text.includes('\0') || list.body.result.some(({ id }: { id: string }) => id === body.id);
    expect(found).toBe(true);
  });

  test('the OpenAPI document names every call that the desk has', async () => {
    const { status, body } = await it.call('GET', '/openapi.json', undefined, { authorization: '' });
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    const create = body.paths[TICKETS].post.requestBody.content['application/json'].schema.properties;
    expect(create.severity.anyOf[0].enum).toEqual(['low', 'medium', 'high', 'critical']);
    expect(create.subject.anyOf[0].maxLength).toBe(200);
    const answer = body.paths[TICKETS].post.responses[201].content['application/json'].schema;
    expect(answer.required).toEqual(expect.arrayContaining(Object.keys((await it.create()).body)));
    const paths = Object.keys(body.paths).map((path) => path.replaceAll(/\{\w+\}/gu, ORGANISATION));
    for (const path of paths) expect((await it.call('DELETE', path)).status).toBe(405);
  });
});
