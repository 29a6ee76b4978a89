import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { goodBody, startDesk, TICKETS } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

describe('faults on demand', () => {
  let it: TestDesk;
  beforeEach(async () => {
    it = await startDesk({ faultControl: true });
  });
  afterEach(() => it.desk.close());

  const stored = (): number => it.desk.store.list({ now: it.clock.now(), limit: 9, offset: 0 }).total;

  test('a status hits only the named call, as often as said', async () => {
    it.desk.faults.add({ kind: 'status', status: 503, retryAfter: '7', on: 'create', times: 1 });
    expect((await it.call('GET', TICKETS)).status).toBe(200);
    const failed = await it.create();
    expect(failed.status).toBe(503);
    expect(failed.headers.get('retry-after')).toBe('7');
    expect(failed.body).toEqual({ detail: 'Fault on demand: 503' });
    expect(stored()).toBe(0);
    expect((await it.create()).status).toBe(201);
  });

  test('a lost answer: the ticket is stored, the caller sees a broken connection', async () => {
    it.desk.faults.add({ kind: 'loseAnswer', times: 1 });
    await expect(it.create()).rejects.toThrow('fetch failed');
    expect(stored()).toBe(1);
    expect((await it.create()).status).toBe(201);
  });

  test('down: the connection breaks and nothing is stored', async () => {
    it.desk.faults.add({ kind: 'down' });
    await expect(it.create()).rejects.toThrow('fetch failed');
    await expect(it.call('GET', TICKETS)).rejects.toThrow('fetch failed');
    expect(stored()).toBe(0);
    it.desk.faults.clear();
    expect((await it.create()).status).toBe(201);
  });

  test.each([
    { after: true, storedMeanwhile: 1 },
    { after: false, storedMeanwhile: 0 },
  ])('a delay with after: $after', async ({ after, storedMeanwhile }) => {
    it.desk.faults.add({ kind: 'delay', ms: 60_000, after });
    const answer = it.create();
    while (it.clock.sleeping === 0) await it.clock.advance(0);
    expect(stored()).toBe(storedMeanwhile);
    await it.clock.advance(60_000);
    expect((await answer).status).toBe(201);
    expect(stored()).toBe(1);
  });

  test('a pending delay does not keep the desk from closing', async () => {
    it.desk.faults.add({ kind: 'delay', ms: 60_000 });
    const answer = it.create().catch(() => 'cut');
    while (it.clock.sleeping === 0) await it.clock.advance(0);
    await it.desk.close();
    expect(await answer).toBe('cut');
  });

  test('list lag: a new ticket can be read at once but is listed later', async () => {
    it.desk.faults.listLagMs = 10_000;
    const { id } = (await it.create()).body;
    const listed = async (): Promise<number> =>
      (await it.call('GET', `${TICKETS}?q=k8s`)).body.pagination.total_count;
    expect((await it.call('GET', `${TICKETS}/${id}`)).status).toBe(200);
    await it.clock.advance(9_999);
    expect(await listed()).toBe(0);
    await it.clock.advance(1);
    expect(await listed()).toBe(1);
  });

  test('a firewall: a page of its own, for requests with a text in their body', async () => {
    const page = '<html><h1>403 Forbidden</h1></html>';
    it.desk.faults.add({ kind: 'status', status: 403, page, containing: 'union select', on: 'create' });
    const refused = await it.call('POST', TICKETS, { ...goodBody, environment: { log: 'x union select y' } });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      403,
      expect.stringMatching('text/html'),
    ]);
    expect((await it.create()).status).toBe(201);
    it.desk.faults.add({ kind: 'down', containing: 'by hand' });
    const body = { ...goodBody, description: 'asked by hand' };
    await expect(it.call('POST', TICKETS, body)).rejects.toThrow('fetch failed');
    expect(stored()).toBe(1);
  });

  test('are controlled over HTTP too', async () => {
    await it.call('POST', '/__faults', { kind: 'status', status: 429, on: 'list' });
    const { body } = await it.call('POST', '/__faults', { listLagMs: 5 });
    expect(body).toEqual({ faults: [{ kind: 'status', status: 429, on: 'list' }], listLagMs: 5 });
    expect((await it.call('GET', TICKETS)).status).toBe(429);
    expect((await it.call('DELETE', '/__faults')).body).toEqual({ faults: [], listLagMs: 0 });
    expect((await it.call('GET', TICKETS)).status).toBe(200);
    for (const wrong of [
      { kind: 'fire' },
      { kind: 'status' },
      { kind: 'down', on: 'x' },
      { kind: 'down', times: 0 },
      { kind: 'down', containing: 1 },
    ]) {
      expect((await it.call('POST', '/__faults', wrong)).status).toBe(422);
    }
  });

  test('every request is remembered with its body, also one that a fault answered, and never the token', async () => {
    it.desk.faults.add({ kind: 'status', status: 500, times: 1 });
    await it.create();
    await it.call('GET', `${TICKETS}?q=x`);
    const receivedAt = it.clock.now();
    expect(it.desk.received()).toEqual([
      { receivedAt, method: 'POST', url: TICKETS, body: goodBody },
      { receivedAt, method: 'GET', url: `${TICKETS}?q=x`, body: undefined },
    ]);
  });
});

test('the fault control does not exist unless it is asked for', async () => {
  const it = await startDesk();
  expect((await it.call('POST', '/__faults', { kind: 'down' })).status).toBe(404);
  await it.desk.close();
});
