import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDesk } from '../../../src/desk/desk.ts';
import type { Desk } from '../../../src/desk/desk.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { aClient, disconnectAll, MARKER, request, TOKEN } from './fixtures.ts';
import { startServer } from './servers.ts';
import type { TestServer } from './servers.ts';

const ORGANISATION = '11111111-1111-4111-8111-111111111111';
const CLUSTER = { id: '0b7c1f1e-8a53-4a6e-b1a7-3f6a1c0d9e11', name: 'prod-eu-1' };
const UNKNOWN_ID = '99999999-9999-4999-8999-999999999999';

describe('the ticket API client with a desk', () => {
  let desk: Desk;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = createFakeClock();
    const tokens = [{ token: TOKEN, label: 'Agent', organisationIds: [ORGANISATION] }];
    desk = await createDesk({
      file: ':memory:',
      host: '127.0.0.1',
      port: 0,
      clock,
      tokens,
      clusters: [CLUSTER],
    });
  });
  afterEach(async () => {
    disconnectAll();
    await desk.close();
  });

  const posts = (): readonly unknown[] =>
    desk
      .received()
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => body);
  const stored = (): number => desk.store.list({ now: Number.MAX_SAFE_INTEGER, limit: 1, offset: 0 }).total;

  test('creates a ticket with every field we know', async () => {
    const { client, events } = aClient({ url: desk.url, organisationId: ORGANISATION });
    const outcome = await client.create({ ...request, clusterId: CLUSTER.id });
    expect(outcome).toMatchObject({
      kind: 'created',
      ticket: { subject: request.subject, status: 'open', createdAt: clock.now() },
    });
    expect(posts()).toEqual([
      {
        subject: request.subject,
        description: request.description,
        category: 'technical',
        severity: 'critical',
        cluster_id: CLUSTER.id,
        source: 'agent',
        acknowledged: true,
        environment: request.environment,
      },
    ]);
    expect(events).toMatchObject([{ operation: 'create', outcome: 'ok', status: 201 }]);
  });

  test('finds tickets by text over all pages, and reads one of them', async () => {
    const { client } = aClient({ url: desk.url });
    for (let index = 0; index < 60; index += 1) {
      await client.create({ ...request, subject: `${index % 2 === 0 ? 'Even' : 'Odd'} number ${index}` });
    }
    const found = await client.find('even number');
    expect(found).toHaveLength(30);
    const id = found[0]?.id ?? '';
    await client.comment(id, 'It has recovered.');
    expect(await client.get(id)).toMatchObject({
      id,
      description: request.description,
      comments: [{ body: 'It has recovered.' }],
    });
    expect(await client.get(UNKNOWN_ID)).toBeUndefined();
    expect(await client.find('nothing like this')).toEqual([]);
  });

  test('comments and closes, and tells a ticket that is not found', async () => {
    const { client } = aClient({ url: desk.url });
    const created = await client.create(request);
    const id = created.kind === 'created' ? created.ticket.id : '';
    expect(await client.comment(id, 'text')).toEqual({ kind: 'done' });
    expect(await client.close(id)).toEqual({ kind: 'done' });
    expect(await client.get(id)).toMatchObject({ status: 'closed' });
    expect(await client.comment(UNKNOWN_ID, 'text')).toEqual({
      kind: 'denied',
      status: 404,
      isApi: true,
      error: '404: Ticket not found',
    });
    expect(await client.comment(id, ' ')).toMatchObject({ kind: 'rejected', status: 422 });
  });

  test('attaches a file, and sees by its name that the ticket has it', async () => {
    const { client, events } = aClient({ url: desk.url });
    const created = await client.create(request);
    const id = created.kind === 'created' ? created.ticket.id : '';
    const content = Buffer.from('starting\r\n--boundary\nfatal: müde "quoted"\n');
    const file = { name: 'deployment-shop-1-app-previous.log', contentType: 'text/plain', content };
    expect(await client.attach(id, file)).toEqual({ kind: 'done' });
    expect(await client.get(id)).toMatchObject({ attachments: [file.name] });
    const [row] = desk.store.attachments(id);
    expect(row).toMatchObject({ content_type: 'text/plain', size_bytes: content.byteLength });
    expect(Buffer.from(desk.store.attachment(id, row?.id ?? '')?.content ?? [])).toEqual(content);
    expect(events.at(-2)).toMatchObject({ operation: 'attach', outcome: 'ok', status: 201 });
    const tooLarge = { ...file, content: Buffer.alloc(5 * 1_024 * 1_024 + 1) };
    expect(await client.attach(id, tooLarge)).toMatchObject({ kind: 'rejected', status: 413 });
    const strange = {
      name: 'core',
      contentType: 'application/x-strange',
      content: Buffer.from([0, 1, 2, 255]),
    };
    expect(await client.attach(id, strange)).toMatchObject({ kind: 'denied', status: 415 });
    expect(await client.attach(UNKNOWN_ID, file)).toMatchObject({ kind: 'denied', status: 404 });
  });

  test('lists the clusters', async () => {
    expect(await aClient({ url: desk.url }).client.listClusters()).toEqual([CLUSTER]);
  });

  test('an answer lost after acceptance is found by the marker: one POST, one ticket', async () => {
    desk.faults.add({ kind: 'loseAnswer', on: 'create', times: 1 });
    const { client } = aClient({ url: desk.url });
    expect(await client.create(request)).toMatchObject({
      kind: 'created',
      ticket: { subject: request.subject },
    });
    expect(posts()).toHaveLength(1);
    expect(stored()).toBe(1);
  });

  test('an answer lost while the list lags behind is unknown, and there is no second POST', async () => {
    desk.faults.add({ kind: 'loseAnswer', on: 'create', times: 1 });
    desk.faults.listLagMs = 30_000;
    const { client } = aClient({ url: desk.url });
    expect(await client.create(request)).toMatchObject({ kind: 'unknown' });
    expect(posts()).toHaveLength(1);
    await clock.advance(30_000);
    expect(await client.find(MARKER)).toHaveLength(1);
  });

  test('the look-up after a lost answer may fail: the outcome stays unknown', async () => {
    desk.faults.add({ kind: 'loseAnswer', on: 'create' });
    desk.faults.add({ kind: 'status', status: 500, on: 'list' });
    expect(await aClient({ url: desk.url }).client.create(request)).toMatchObject({ kind: 'unknown' });
    expect(posts()).toHaveLength(1);
  });

  test.each([500, 502, 503, 504, 408, 425])(
    'a POST answered %i is unknown and not sent again',
    async (status) => {
      desk.faults.add({ kind: 'status', status, on: 'create', retryAfter: '40' });
      const outcome = await aClient({ url: desk.url }).client.create(request);
      expect(outcome).toEqual({
        kind: 'unknown',
        error: `${status}: Fault on demand: ${status}`,
        retryAfterMs: 40_000,
      });
      expect(posts()).toHaveLength(1);
    },
  );

  test.each([400, 409, 413, 422])('%i refuses this request, in the words of the API', async (status) => {
    desk.faults.add({ kind: 'status', status, on: 'create', detail: 'the words' });
    const outcome = await aClient({ url: desk.url }).client.create(request);
    expect(outcome).toEqual({ kind: 'rejected', status, error: `${status}: the words` });
    expect(posts()).toHaveLength(1);
  });

  test('401 pauses', async () => {
    desk.faults.add({ kind: 'status', status: 401, on: 'create' });
    const outcome = await aClient({ url: desk.url }).client.create(request);
    expect(outcome).toMatchObject({ kind: 'paused', status: 401 });
    expect(posts()).toHaveLength(1);
  });

  test.each([403, 404, 405, 406, 410, 451])('%i is told by whom it was denied', async (status) => {
    const { client } = aClient({ url: desk.url });
    desk.faults.add({ kind: 'status', status, on: 'create', times: 1 });
    expect(await client.create(request)).toMatchObject({ kind: 'denied', status, isApi: true });
    // Some firewalls answer with a page, some with nothing (built-on-envoy#392).
    for (const page of ['<html><title>Request Rejected</title></html>', '']) {
      desk.faults.add({ kind: 'status', status, on: 'create', times: 1, page });
      expect(await client.create(request)).toEqual({
        kind: 'denied',
        status,
        isApi: false,
        error: `${status}: no reason given`,
      });
    }
    expect(posts()).toHaveLength(3);
  });

  test('a 404 that is not in the words of the API says nothing about a ticket', async () => {
    const { client } = aClient({ url: desk.url });
    desk.faults.add({ kind: 'status', status: 404, on: 'get', times: 1, page: 'default backend - 404' });
    await expect(client.get(UNKNOWN_ID)).rejects.toMatchObject({
      kind: 'paused',
      status: 404,
      setting: 'address',
    });
    expect(await client.get(UNKNOWN_ID)).toBeUndefined();
    desk.faults.add({ kind: 'status', status: 404, on: 'list' });
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'paused', status: 404 });
  });

  test('a 422 pauses when it names cluster_id, and refuses when it names anything else', async () => {
    const { client } = aClient({ url: desk.url });
    const wrongCluster = await client.create({ ...request, clusterId: UNKNOWN_ID });
    expect(wrongCluster).toEqual({
      kind: 'paused',
      status: 422,
      setting: 'cluster',
      error: '422: body.cluster_id: Unknown cluster',
    });
    const tooLong = await client.create({ ...request, subject: 'x'.repeat(201) });
    expect(tooLong).toEqual({
      kind: 'rejected',
      status: 422,
      error: '422: body.subject: String should have at most 200 characters',
    });
  });

  test('a 429 with a short Retry-After is waited for', async () => {
    desk.faults.add({ kind: 'status', status: 429, on: 'create', retryAfter: '2', times: 2 });
    const { client, slept } = aClient({ url: desk.url });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    expect(slept).toEqual([2_000, 2_000]);
  });

  test('a 429 with a long Retry-After is handed on', async () => {
    desk.faults.add({ kind: 'status', status: 429, retryAfter: 'Mon, 23 Nov 2026 03:01:30 GMT' });
    const { client, slept } = aClient({ url: desk.url });
    expect(await client.create(request)).toMatchObject({ kind: 'notSent', retryAfterMs: 90_000 });
    await expect(client.find('x')).rejects.toMatchObject({
      name: 'TicketApiError',
      kind: 'transient',
      retryAfterMs: 90_000,
    });
    expect(slept).toEqual([]);
    expect(desk.received()).toHaveLength(2);
  });

  test('reads are tried three times, then are a transient error', async () => {
    desk.faults.add({ kind: 'status', status: 500, on: 'list', times: 2 });
    const { client } = aClient({ url: desk.url });
    expect(await client.find('x')).toEqual([]);
    desk.faults.add({ kind: 'down', on: 'get' });
    await expect(client.get(UNKNOWN_ID)).rejects.toMatchObject({ kind: 'transient' });
    expect(desk.received()).toHaveLength(3);
    expect(aClient({ url: desk.url }).events).toEqual([]);
  });

  test('a close is repeated after a lost answer, a comment is not', async () => {
    const { client } = aClient({ url: desk.url });
    const created = await client.create(request);
    const id = created.kind === 'created' ? created.ticket.id : '';
    desk.faults.add({ kind: 'loseAnswer', on: 'close', times: 1 });
    desk.faults.add({ kind: 'loseAnswer', on: 'comment', times: 1 });
    expect(await client.close(id)).toEqual({ kind: 'done' });
    expect(await client.comment(id, 'text')).toMatchObject({ kind: 'unknown' });
    expect(desk.store.comments(id)).toHaveLength(1);
  });

  test('a wrong token pauses reads too', async () => {
    const token = { read: async () => 'another-token', forget: () => undefined };
    const { client } = aClient({ url: desk.url, token });
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'paused', status: 401 });
    expect(await client.create(request)).toMatchObject({ kind: 'paused', status: 401 });
  });

  test('a request that takes too long is unknown; the desk may carry it out later', async () => {
    desk.faults.add({ kind: 'delay', ms: 60_000, on: 'create' });
    const { client } = aClient({ url: desk.url, timeoutMs: 150 });
    expect(await client.create(request)).toMatchObject({
      kind: 'unknown',
      error: 'no answer within 150 ms',
    });
    await clock.advance(60_000);
    expect(stored()).toBe(1);
  });

  test('an abort in flight leaves the outcome unknown, without a look-up', async () => {
    desk.faults.add({ kind: 'delay', ms: 60_000, on: 'create' });
    const { client } = aClient({ url: desk.url });
    const stop = new AbortController();
    const outcome = client.create(request, stop.signal);
    while (clock.sleeping === 0) await clock.advance(0);
    stop.abort(new Error('lease lost'));
    expect(await outcome).toMatchObject({ kind: 'unknown' });
    expect(desk.received()).toHaveLength(1);
  });

  test('nothing is sent once the signal is aborted', async () => {
    const { client } = aClient({ url: desk.url });
    const gone = AbortSignal.abort(new Error('lease lost'));
    expect(await client.create(request, gone)).toMatchObject({ kind: 'notSent' });
    await expect(client.find('x', gone)).rejects.toThrow('lease lost');
    expect(desk.received()).toEqual([]);
  });
});

describe('the ticket API client with servers that misbehave', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    disconnectAll();
    await server?.close();
    server = undefined;
  });

  const url = (): string => `http://127.0.0.1:${server?.port ?? 0}`;

  test('connection refused: three tries, surely not sent', async () => {
    server = await startServer((_request, response) => response.end());
    const refusing = url();
    await server.close();
    const { client, events } = aClient({ url: refusing });
    expect(await client.create(request)).toMatchObject({
      kind: 'notSent',
      error: expect.stringContaining('ECONNREFUSED'),
    });
    expect(events.map(({ outcome }) => outcome)).toEqual(['notSent', 'notSent', 'notSent']);
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'transient' });
  });

  test('an abort ends the wait between two tries', async () => {
    const stop = new AbortController();
    const { client, events } = aClient({
      url: 'http://127.0.0.1:1',
      firstWaitMs: 60_000,
      onRequest: () => {
        setImmediate(() => stop.abort());
      },
    });
    expect(await client.create(request, stop.signal)).toMatchObject({ kind: 'notSent' });
    expect(events).toEqual([]);
  });

  test('a name that does not exist is surely not sent', async () => {
    const { client } = aClient({ url: 'https://ticket-desk.invalid' });
    expect(await client.create(request)).toMatchObject({
      kind: 'notSent',
      error: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/u),
    });
  });

  test.each([301, 302, 303, 307, 308])(
    'a %i is refused and nothing is sent to the other address',
    async (status) => {
      let elsewhere = 0;
      const other = await startServer((_request, response) => {
        elsewhere += 1;
        response.end('{}');
      });
      server = await startServer((_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end();
      });
      const { client } = aClient({ url: url() });
      expect(await client.create(request)).toMatchObject({
        kind: 'paused',
        status,
        setting: 'address',
        error: expect.stringMatching(/redirect/u),
      });
      await expect(client.find('x')).rejects.toMatchObject({ kind: 'paused', status });
      await other.close();
      expect([elsewhere, server.requests]).toEqual([0, 2]);
    },
  );

  test.each([
    ['HTML', 'text/html', '<html>Sign in to the Wi-Fi</html>'],
    ['an empty body', 'application/json', ''],
    ['other JSON', 'application/json', '{"ok":true}'],
    [
      'an id that is a path',
      'application/json',
      '{"id":"../x","subject":"s","status":"open","created_at":"2026-11-23T03:00:00Z"}',
    ],
    ['no time', 'application/json', '{"id":"1","subject":"s","status":"open","created_at":"soon"}'],
  ])('a 200 with %s is unknown', async (_name, type, body) => {
    server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const { client } = aClient({ url: url() });
    expect(await client.create(request)).toEqual({
      kind: 'unknown',
      error: '200: the answer cannot be read',
    });
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'transient' });
  });

  test('an answer without end is cut off at 1 MiB', async () => {
    let sent = 0;
    server = await startServer((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.byteLength;
        sent += chunk.byteLength;
      };
      response.on('drain', more);
      more();
    });
    const { client } = aClient({ url: url() });
    expect(await client.create(request)).toMatchObject({
      kind: 'unknown',
      error: 'the answer is larger than 1 MiB',
    });
    // What the kernel buffers between the two is not the client's memory.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test('a connection that is cut in the middle of the answer is unknown', async () => {
    server = await startServer((_request, response) => {
      response.writeHead(201, { 'content-length': '1000' });
      response.write('{"id":', () => response.destroy());
    });
    expect(await aClient({ url: url() }).client.create(request)).toMatchObject({ kind: 'unknown' });
    expect(server.requests).toBe(4);
  });

  test('a list that never ends is given up', async () => {
    const ticket = { id: 'a', subject: 'x', status: 'open', created_at: '2026-11-23T03:00:00Z' };
    server = await startServer((_request, response) => {
      response.end(JSON.stringify({ result: [ticket], pagination: { total_pages: 1e9 } }));
    });
    await expect(aClient({ url: url() }).client.find('x')).rejects.toThrow('more than 200 pages');
    expect(server.requests).toBe(200);
  });

  test('a time without a zone is taken as UTC', async () => {
    const ticket = { id: 'a', subject: 'x', status: 'open', created_at: '2026-11-23T03:00:00.123456' };
    server = await startServer((_request, response) =>
      response.end(JSON.stringify({ result: [ticket, ticket] })),
    );
    expect(await aClient({ url: url() }).client.find('x')).toEqual([
      { id: 'a', subject: 'x', status: 'open', createdAt: Date.UTC(2026, 10, 23, 3, 0, 0, 123) },
    ]);
  });

  test('no error holds the token, even when the API quotes it', async () => {
    server = await startServer((incoming, response) => {
      const isQuoting = incoming.method === 'POST';
      response
        .writeHead(isQuoting ? 400 : 500)
        .end(JSON.stringify({ detail: `not ${incoming.headers.authorization}\u001b[2J` }));
    });
    const { client, events } = aClient({ url: url() });
    const refused = await client.create(request);
    expect(refused).toEqual({ kind: 'rejected', status: 400, error: '400: not Bearer [REDACTED] [2J' });
    const error: unknown = await client.find('x').catch((thrown: unknown) => thrown);
    const everything = inspect([refused, error, events], { depth: 12, showHidden: true });
    expect(everything).toContain('TicketApiError');
    expect(everything).not.toContain(TOKEN);
  });
});

test.each([
  'http://tickets.example',
  'http://127.0.0.1.example',
  'ftp://127.0.0.1',
  'file:///etc/passwd',
  'tickets.example',
  'https://user:pass@tickets.example',
  'https://tickets.example/?a=b',
  'https://tickets.example/#a',
])('the address %s is refused', (address) => {
  expect(() => aClient({ url: address })).toThrow(/ticket API address/u);
});
