import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

const UUID = /^[0-9a-f-]{36}$/u;
const other = { authorization: `Bearer ${OTHER_TOKEN}` };

describe('the ticket API of the desk', () => {
  let it: TestDesk;
  beforeAll(async () => {
    it = await startDesk();
  });
  afterAll(() => it.desk.close());

  test('answers a create with every field of the contract', async () => {
    const { status, body } = await it.create();
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(UUID),
      organisation_id: ORGANISATION,
      source: 'agent',
      category: 'technical',
      subject: goodBody.subject,
      description: goodBody.description,
      status: 'open',
      ai_review_status: 'passed',
      ai_summary: null,
      severity: 'critical',
      cluster_id: CLUSTER.id,
      cluster_name: CLUSTER.name,
      is_tracked_by_team: false,
      comments: [],
      attachments: [],
      created_at: '2026-11-23T03:00:00.000Z',
      updated_at: '2026-11-23T03:00:00.000Z',
    });
    expect((await it.call('GET', `${TICKETS}/${body.id}`)).body).toEqual(body);
  });

  test('fills in the defaults of the contract and ignores unknown fields', async () => {
    const { subject, description } = goodBody;
    const { status, body } = await it.call('POST', TICKETS, { subject, description, colour: 'red' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ category: 'technical', source: 'portal', severity: null, cluster_id: null });
  });

  test.each([
    ['review_id', 'not-a-uuid', 'uuid_parsing'],
    ['subject', 'x'.repeat(201), 'string_too_long'],
    ['subject', 7, 'string_type'],
    ['subject', null, 'missing'],
    ['subject', '  ', 'missing'],
    ['description', 'x'.repeat(10_001), 'string_too_long'],
    ['description', undefined, 'missing'],
    ['category', 'urgent', 'enum'],
    ['cluster_id', '0b7c1f1e8a534a6eb1a73f6a1c0d9e11', 'uuid_parsing'],
    ['cluster_id', '99999999-9999-4999-8999-999999999999', 'value_error'],
    ['severity', 'fatal', 'enum'],
    ['source', 'robot', 'enum'],
    ['acknowledged', 'true', 'bool_type'],
    ['environment', ['a'], 'dict_type'],
    ['clarification_answers', [1], 'list_type'],
  ])('refuses %s = %j with 422, naming the field', async (field, value, type) => {
    const { status, body } = await it.create({ [field]: value });
    expect(status).toBe(422);
    expect(body.detail).toEqual([{ type, loc: ['body', field], msg: expect.any(String) }]);
  });

  test('lists every problem at once', async () => {
    const { body } = await it.create({ severity: 'fatal', source: 1, subject: 'x'.repeat(300) });
    expect(body.detail.map(({ loc }: { loc: string[] }) => loc[1])).toEqual([
      'subject',
      'severity',
      'source',
    ]);
  });

  test('counts limits in code points, not in UTF-16 units', async () => {
    expect((await it.create({ subject: '🔥'.repeat(200) })).status).toBe(201);
    expect((await it.create({ subject: '🔥'.repeat(201) })).status).toBe(422);
  });

  test.each([
    ['', 401],
    ['Bearer wrong', 401],
    [TOKEN, 401],
    [`Basic ${TOKEN}`, 401],
    [`Bearer ${TOKEN}`, 201],
  ])('answers Authorization "%s" with %i', async (authorization, status) => {
    const answer = await it.call('POST', TICKETS, goodBody, { authorization });
    expect(answer.status).toBe(status);
    expect(typeof (answer.body.detail ?? '')).toBe('string');
  });

  test('refuses what is no JSON, too large, of another type, or unknown', async () => {
    expect((await it.call('POST', TICKETS, '{"subject":')).status).toBe(422);
    expect((await it.call('POST', TICKETS, '[1]')).status).toBe(422);
    expect((await it.create({ environment: { log: 'x'.repeat(1024 * 1024) } })).status).toBe(413);
    expect((await it.call('POST', TICKETS, 'hi', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await it.call('GET', '/api/v1/nothing')).body).toEqual({ detail: 'Not Found' });
    expect((await it.call('GET', `${TICKETS}/99999999-9999-4999-8999-999999999999`)).status).toBe(404);
    expect((await it.call('GET', `${TICKETS}/7`)).status).toBe(422);
  });

  test('keeps keys of the environment that have a meaning in JavaScript', async () => {
    const text = JSON.stringify(goodBody).replace(
      '"pod":',
      '"__proto__":{"a":1},"constructor":{"prototype":1},"pod":',
    );
    const { status, body } = await it.call('POST', TICKETS, text);
    expect(status).toBe(201);
    expect(it.desk.store.ticket(body.id)?.environment).toContain(
      '"__proto__":{"a":1},"constructor":{"prototype":1}',
    );
  });

  test('answers 409 to a flagged ticket until it is acknowledged', async () => {
    const flagged = await it.create({ description: 'broken', acknowledged: false });
    expect(flagged.status).toBe(409);
    expect(flagged.body.detail).toMatch(/acknowledged/u);
    const filed = await it.create({ description: 'broken', acknowledged: true });
    expect(filed.body).toMatchObject({ status: 'open', ai_review_status: 'flagged' });
  });

  test('honours the organisation header', async () => {
    const own = await it.call('POST', TICKETS, goodBody, other);
    expect(own.body.organisation_id).toBe(OTHER_ORGANISATION);
    const given = await it.call('POST', TICKETS, goodBody, {
      ...other,
      'x-ankra-organisation-id': ORGANISATION,
    });
    expect(given.body.organisation_id).toBe(ORGANISATION);
    const denied = await it.call('GET', TICKETS, undefined, {
      'x-ankra-organisation-id': OTHER_ORGANISATION,
    });
    expect(denied.status).toBe(403);
    expect((await it.call('GET', TICKETS, undefined, { 'x-ankra-organisation-id': 'x' })).status).toBe(422);
    expect((await it.call('GET', `${TICKETS}/${own.body.id}`)).status).toBe(404);
  });

  test('takes the text of a review that was made before, once it is named', async () => {
    const review = await it.call('POST', `${TICKETS}/review`, {
      ...goodBody,
      subject: 'A subject that was reviewed',
    });
    expect(review.body).toMatchObject({ quality: 'pass', quality_flags: [], recommended_action: 'file' });
    const { body } = await it.create({ review_id: review.body.review_id, subject: null, description: null });
    expect(body).toMatchObject({ subject: 'A subject that was reviewed', description: goodBody.description });
    const again = await it.call('POST', `${TICKETS}/review`, {
      ...goodBody,
      subject: 'A subject that was reviewed',
    });
    expect(again.body.duplicate_candidates).toMatchObject([
      { candidate_id: body.id, already_resolved: false },
    ]);
    await it.clock.advance(60 * 60_000);
    expect((await it.create({ review_id: review.body.review_id })).status).toBe(404);
  });

  test('takes comments, which bring a waiting ticket back into work', async () => {
    const { id } = (await it.create()).body;
    it.desk.store.setStatus(id, 'waiting_customer', '2026-11-23T03:00:00.000Z');
    const { status, body } = await it.call('POST', `${TICKETS}/${id}/comments`, { body: 'Recovered.' });
    expect(status).toBe(200);
    expect(body.status).toBe('in_progress');
    expect(body.comments).toMatchObject([
      { id: expect.stringMatching(UUID), author_label: 'Agent', body: 'Recovered.' },
    ]);
    for (const text of ['', ' ', null, 'x'.repeat(10_001)]) {
      expect((await it.call('POST', `${TICKETS}/${id}/comments`, { body: text })).status).toBe(422);
    }
  });

  test('closes a ticket, and closing again changes nothing', async () => {
    const { id } = (await it.create()).body;
    const first = await it.call('POST', `${TICKETS}/${id}/close`, {});
    expect(first.body.status).toBe('closed');
    await it.clock.advance(5_000);
    expect((await it.call('POST', `${TICKETS}/${id}/close`)).body).toEqual(first.body);
  });

  test('stores attachments and gives them back as downloads', async () => {
    const { id } = (await it.create()).body;
    const upload = async (file: File): Promise<{ status: number; body: Answer['body'] }> => {
      const form = new FormData();
      form.set('file', file);
      const headers = { authorization: `Bearer ${TOKEN}` };
      const response = await fetch(`${it.desk.url}${TICKETS}/${id}/attachments`, {
        method: 'POST',
        headers,
        body: form,
      });
      return { status: response.status, body: await response.json() };
    };
    const { status, body } = await upload(
      new File(['line 1\n'], '../logs/app "1".log', { type: 'text/plain' }),
    );
    expect(status).toBe(201);
    expect(body.attachments).toMatchObject([
      { filename: 'app "1".log', content_type: 'text/plain', size_bytes: 7 },
    ]);
    const download = await it.call('GET', `${TICKETS}/${id}/attachments/${body.attachments[0].id}`);
    expect(download.body).toBe('line 1\n');
    expect(download.headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''app%20%221%22.log`,
    );
    expect((await upload(new File(['x'], 'a.html', { type: 'text/html' }))).status).toBe(415);
    const large = new File([new Uint8Array(5 * 1024 * 1024 + 1)], 'a.png', { type: 'image/png' });
    expect((await upload(large)).status).toBe(413);
    const noFile = new FormData();
    noFile.set('other', 'x');
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${it.desk.url}${TICKETS}/${id}/attachments`, {
      method: 'POST',
      headers,
      body: noFile,
    });
    expect(answer.status).toBe(422);
  });

  test('lists the clusters', async () => {
    expect((await it.call('GET', '/api/v1/clusters')).body.result).toEqual([
      { ...CLUSTER, organisation_id: ORGANISATION },
    ]);
    expect((await it.call('GET', '/api/v1/clusters', undefined, { authorization: '' })).status).toBe(401);
  });
});

describe('the list of tickets', () => {
  let it: TestDesk;
  beforeAll(async () => {
    it = await startDesk({ clusters: undefined as never });
    for (let index = 0; index < 30; index += 1) {
      await it.create({
        subject: `Ticket number ${index} of Shop`,
        cluster_id: index % 2 === 0 ? CLUSTER.id : null,
      });
      await it.clock.advance(1_000);
    }
  });
  afterAll(() => it.desk.close());

  const subjects = async (query: string): Promise<string[]> =>
    (await it.call('GET', `${TICKETS}?${query}`)).body.result.map(
      ({ subject }: { subject: string }) => subject,
    );

  test('comes in pages of 25, newest first', async () => {
    const { body } = await it.call('GET', TICKETS);
    expect(body.pagination).toEqual({ page: 1, page_size: 25, total_pages: 2, total_count: 30 });
    expect(body.result).toHaveLength(25);
    expect(body.result[0].subject).toBe('Ticket number 29 of Shop');
    expect(Object.keys(body.result[0])).not.toContain('description');
    expect(await subjects('page=2')).toEqual(
      [4, 3, 2, 1, 0].map((index) => `Ticket number ${index} of Shop`),
    );
    expect(await subjects('page=3')).toEqual([]);
  });

  test('finds text in the subject, whatever its case, and takes no pattern', async () => {
    expect(await subjects('q=NUMBER+7+of')).toEqual(['Ticket number 7 of Shop']);
    expect(await subjects('q=number%25')).toEqual([]);
  });

  test('filters by status, repeated, and by cluster', async () => {
    const { body } = await it.call('GET', `${TICKETS}?page_size=3`);
    await it.call('POST', `${TICKETS}/${body.result[0].id}/close`, {});
    expect(await subjects('status=closed')).toEqual(['Ticket number 29 of Shop']);
    expect((await it.call('GET', `${TICKETS}?status=closed&status=open`)).body.pagination.total_count).toBe(
      30,
    );
    expect((await it.call('GET', `${TICKETS}?cluster_id=${CLUSTER.id}`)).body.pagination.total_count).toBe(
      15,
    );
  });

  test.each(['page=0', 'page=x', 'page_size=101', 'status=done', 'cluster_id=7'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await it.call('GET', `${TICKETS}?${query}`);
      expect(status).toBe(422);
      expect(body.detail[0].loc.slice(0, 2)).toEqual(['query', query.split('=')[0]]);
    },
  );
});

test('the database holds every ticket with its request, readable by others, and outlives the desk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'desk-'));
  const file = join(folder, 'desk.sqlite');
  try {
    const first = await startDesk({ file });
    const { id } = (await first.create()).body;
    const reader = new DatabaseSync(file, { readOnly: true });
    const row = reader.prepare('SELECT * FROM whole_tickets').get();
    reader.close();
    expect(row).toMatchObject({
      id,
      severity: 'critical',
      source: 'agent',
      cluster_id: CLUSTER.id,
      status: 'open',
    });
    expect(JSON.parse(String(row?.['environment']))).toEqual(goodBody.environment);
    expect(JSON.parse(String(row?.['request']))).toEqual(goodBody);
    await first.desk.close();
    const second = await startDesk({ file });
    expect((await second.call('GET', `${TICKETS}/${id}`)).status).toBe(200);
    await second.desk.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a port that is taken is an error at start, and leaves nothing open', async () => {
  const it = await startDesk();
  await expect(startDesk({ port: it.desk.port })).rejects.toThrow('EADDRINUSE');
  await it.desk.close();
});
