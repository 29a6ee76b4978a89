import { Agent } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Agents } from '../../../src/tickets/api/connect.ts';
import { exchange } from '../../../src/tickets/api/exchange.ts';

let server: Server;
let agent: Agent;
let peer: Socket | undefined;

beforeEach(async () => {
  // As a firewall does: it answers when it has seen the head, and reads no body.
  server = createServer((socket) => {
    peer = socket;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nrefused');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  agent = new Agent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  peer?.destroy();
  await new Promise((closed) => server.close(closed));
});

test('an abort after an answer that came before all was sent ends nothing but the rest of the request', async () => {
  const { port } = server.address() as AddressInfo;
  const term = new AbortController();
  const answer = await exchange({
    method: 'POST',
    url: new URL(`http://127.0.0.1:${port}/`),
    headers: {},
    // More than the buffers of a connection hold.
    body: 'x'.repeat(8_000_000),
    agents: { http: agent } as unknown as Agents,
    timeoutMs: 10_000,
    signal: term.signal,
  });
  expect(answer).toMatchObject({ kind: 'answer', status: 403, text: 'refused' });
  const closed = new Promise<unknown>((done) => peer?.once('close', done));
  term.abort();
  // Its end is seen only by who reads. An error that nobody hears meanwhile is reported by jest itself: the `process` of a test is a
  // copy, on which a listener of ours would hear nothing.
  peer?.resume();
  await closed;
});
