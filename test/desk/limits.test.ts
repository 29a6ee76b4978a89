import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { goodBody, startDesk, TICKETS, TOKEN } from './fixtures.ts';
import type { TestDesk } from './fixtures.ts';

let it: TestDesk;
beforeEach(async () => {
  it = await startDesk();
});
afterEach(() => it.desk.close());

/** Bytes as they are, and all that comes back until the desk closes the connection. */
async function send(...chunks: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(it.desk.port, '127.0.0.1');
  await once(socket, 'connect');
  const answer = text(socket).catch(() => '');
  for (const chunk of chunks) socket.write(chunk);
  return answer;
}

const head = `Host: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const nested = (levels: number): string =>
  JSON.stringify(goodBody).replace(
    '{"version"',
    `{"deep":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)},"version"`,
  );

describe('depth and size', () => {
  test.each([100, 5_000, 100_000])('%i levels are refused, wherever they stand', async (levels) => {
    const { status, body } = await it.call('POST', TICKETS, nested(levels));
    expect([status, body.detail[0].type]).toEqual([422, 'json_depth']);
    const unknown = `{"unknown":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect((await it.call('POST', `${TICKETS}/review`, unknown)).status).toBe(422);
  });

  test('brackets in a string are no levels', async () => {
    expect((await it.create({ description: `${'[{'.repeat(2_000)}"\\"[[` })).status).toBe(201);
    expect((await it.call('POST', TICKETS, nested(50))).status).toBe(201);
  });

  test('a body that is far too large is answered with 413, and the client can read it', async () => {
    const client = request(`${it.desk.url}${TICKETS}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        'content-length': 20_000_000,
      },
    });
    client.end(Buffer.alloc(20_000_000, ' '));
    const [[response]] = (await Promise.all([once(client, 'response'), once(client, 'finish')])) as [
      [IncomingMessage],
      unknown,
    ];
    expect([response.statusCode, await text(response)]).toEqual([413, '{"detail":"The body is too large"}']);
  });

  test('chunks without an end are cut at the limit', async () => {
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    const answer = await send(
      `POST ${TICKETS} HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      chunk,
      chunk,
      '0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*\{"detail":"The body is too large"\}$/su);
  });
});

describe('every error is the contract’s', () => {
  test.each([
    ['PUT', TICKETS, 405, 'GET, HEAD, POST'],
    ['DELETE', `${TICKETS}/11111111-1111-4111-8111-111111111111`, 405, 'GET, HEAD'],
    ['PATCH', `${TICKETS}/x/close`, 405, 'POST'],
    ['OPTIONS', '/api/v1/clusters', 405, 'GET, HEAD'],
    ['GET', `${TICKETS}/x/comments/`, 405, 'POST'],
    ['GET', '/api/v2', 404, null],
    ['POST', '/api/v1/nothing', 404, null],
    ['GET', `/${'x'.repeat(9_000)}`, 414, null],
    ['GET', '/%', 400, null],
    ['GET', '/%c0%af/..%2f', 400, null],
  ])('%s %s', async (method, path, status, allow) => {
    const answer = await it.call(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
    expect(answer.body).toEqual({ detail: expect.any(String) });
  });

  test.each([
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/x-www-form-urlencoded', 415],
    ['nonsense', 415],
    ['', 415],
  ])('a body of type "%s"', async (type, status) => {
    const answer = await send(
      `POST ${TICKETS} HTTP/1.1\r\n${head}Content-Type: ${type}\r\nContent-Length: 2\r\n\r\nhi`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\\{"detail":"[^"]`, 'su'));
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400],
    ['a method that nobody knows', `BREW / HTTP/1.1\r\n${head}\r\n`, 400],
    ['too many headers', `GET / HTTP/1.1\r\n${head}${'X-A: b\r\n'.repeat(4_000)}\r\n`, 431],
    ['a header that is too long', `GET / HTTP/1.1\r\n${head}Cookie: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a path that is too long', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${head}\r\n`, 414],
    [
      'two lengths',
      `POST ${TICKETS} HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      400,
    ],
    [
      'a length and chunks',
      `POST ${TICKETS} HTTP/1.1\r\n${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['no host', 'GET /api/v1/clusters HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ])('%s', async (_name, bytes, status) => {
    const answer = await send(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\\{"detail":"[^"]+"\\}$`, 'su'));
    expect((await it.create()).status).toBe(201);
  });

  test.each([
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['half of it', Buffer.from('{"subject": "a')],
    ['a quotation mark at the end', Buffer.from('{"a":"\\')],
    ['a number', Buffer.from('1e999')],
    ['NaN', Buffer.from('{"a": NaN}')],
    ['compressed', Buffer.from('1f8b0800', 'hex')],
  ])('JSON that is none: %s', async (_name, body) => {
    const response = await fetch(`${it.desk.url}${TICKETS}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ detail: [expect.objectContaining({ loc: ['body'] })] });
  });
});

describe('without a valid token', () => {
  test('the answer comes before the body', async () => {
    const client = request(`${it.desk.url}${TICKETS}`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer wrong',
        'content-type': 'application/json',
        'content-length': 1_000_000,
      },
    });
    client.write('{');
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    client.destroy();
  });

  test('nobody is told to go on with a body', async () => {
    const expecting = (authorization: string): string =>
      `POST ${TICKETS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${authorization}Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
    expect(await send(expecting(''), '{}')).toMatch(/^HTTP\/1\.1 401 /u);
    expect(await send(expecting(`Authorization: Bearer ${TOKEN}\r\n`), '{}')).toMatch(
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 422 /u,
    );
  });

  test('requests are not kept', async () => {
    await it.call('POST', TICKETS, goodBody, { authorization: '' });
    expect(it.desk.received()).toEqual([]);
  });
});

describe('rate and connections', () => {
  test('too many requests of one address are answered with 429 and the time to wait', async () => {
    await it.desk.close();
    it = await startDesk({ limits: { connections: 10, requestsPerSecond: 2, burst: 3 } });
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await it.call('GET', TICKETS)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await it.call('GET', '/');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    await it.clock.advance(1_000);
    expect((await it.call('GET', TICKETS)).status).toBe(200);
    await it.clock.advance(1_000);
    expect((await it.call('GET', '/')).status).toBe(200);
  });

  test('more connections than allowed are closed, and the others are served', async () => {
    await it.desk.close();
    it = await startDesk({ limits: { connections: 3, requestsPerSecond: 100, burst: 100 } });
    const sockets = Array.from({ length: 3 }, () => connect(it.desk.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const one = connect(it.desk.port, '127.0.0.1');
    await once(one, 'close');
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    await expect(it.call('GET', TICKETS)).resolves.toMatchObject({ status: 200 });
  });
});
