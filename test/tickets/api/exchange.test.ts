import { Agent } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exchange } from '../../../src/tickets/api/exchange.ts';

let server: Server;
let agent: Agent;
let peer: Socket | undefined;

let words: string;

beforeEach(async () => {
  words = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nrefused';
  // As a firewall does: it answers when it has seen the head, and reads no body.
  server = createServer((socket) => {
    peer = socket;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      socket.write(words);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  agent = new Agent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  peer?.destroy();
  peer = undefined;
  await new Promise((closed) => server.close(closed));
});

function request(more: {
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}) {
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  return exchange({ method: 'POST', url, headers: {}, agent, timeoutMs: 10_000, ...more });
}

/** Resolves when the server has begun to answer. */
async function beginning(): Promise<void> {
  while (peer === undefined || peer.bytesWritten === 0) await nextTurn();
}

/** More than the buffers of a connection hold. */
const largeBody = 'x'.repeat(8_000_000);

test('an abort after an answer that came before all was sent ends nothing but the rest of the request', async () => {
  const term = new AbortController();
  const answer = await request({ body: largeBody, signal: term.signal });
  expect(answer).toMatchObject({ kind: 'answer', status: 403, text: 'refused' });
  const closed = new Promise<unknown>((done) => peer?.once('close', done));
  term.abort();
  // Its end is seen only by who reads. An error that nobody hears meanwhile is reported by jest itself: the `process` of a test is a
  // copy, on which a listener of ours would hear nothing.
  peer?.resume();
  await closed;
});

test('what an early answer has left of a request is not sent, and its connection is not kept', async () => {
  await request({ body: largeBody });
  const closed = new Promise<unknown>((done) => peer?.once('close', done));
  peer?.resume();
  await closed;
  expect(peer?.bytesRead).toBeLessThan(largeBody.length);
});

describe('an answer that does not come to its end', () => {
  beforeEach(() => {
    words = 'HTTP/1.1 201 Created\r\nContent-Length: 700\r\n\r\n{"id":';
  });

  test('is no answer when its time is over', async () => {
    expect(await request({ timeoutMs: 150 })).toEqual({
      kind: 'failed',
      isSent: true,
      error: 'no answer within 150 ms',
    });
  });

  test('is no answer when the signal aborts', async () => {
    const stop = new AbortController();
    const answer = request({ signal: stop.signal });
    await beginning();
    stop.abort(new Error('lease lost'));
    expect(await answer).toEqual({ kind: 'failed', isSent: true, error: 'lease lost' });
  });

  test('is no answer when the server cuts it off', async () => {
    const answer = request({});
    await beginning();
    peer?.end();
    expect(await answer).toEqual({ kind: 'failed', isSent: true, error: 'aborted (ECONNRESET)' });
  });
});

test('an answer without a length that a broken connection cuts off is no answer', async () => {
  words = 'HTTP/1.1 422 Unprocessable Content\r\nConnection: close\r\n\r\n{"detail":[{"loc":["body",';
  const answer = request({});
  await beginning();
  peer?.resetAndDestroy();
  expect(await answer).toMatchObject({ kind: 'failed', isSent: true });
});

describe('a request that waits for its connection', () => {
  beforeEach(() => {
    // As behind a firewall that drops what it gets.
    agent.createConnection = () => undefined;
  });

  test('ends at once when the signal aborts', async () => {
    const stop = new AbortController();
    const answer = request({ signal: stop.signal });
    await nextTurn();
    stop.abort(new Error('lease lost'));
    expect(await answer).toEqual({ kind: 'failed', isSent: false, error: 'lease lost' });
  });

  test('ends when its time is over', async () => {
    expect(await request({ timeoutMs: 50 })).toEqual({
      kind: 'failed',
      isSent: false,
      error: 'no answer within 50 ms',
    });
  });
});

test('a server that switches to another protocol has not answered', async () => {
  words = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  expect(await request({})).toMatchObject({ kind: 'failed', isSent: true });
});

test('a header that cannot be sent is told, and nothing was sent', async () => {
  const answer = await exchange({
    method: 'GET',
    url: new URL('http://127.0.0.1:1/'),
    headers: { authorization: 'Bearer a\nb' },
    agent,
    timeoutMs: 10_000,
  });
  expect(answer).toMatchObject({ kind: 'failed', isSent: false });
});
