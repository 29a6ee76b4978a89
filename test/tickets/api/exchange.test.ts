import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Agents } from '../../../src/tickets/api/connect.ts';
import { exchange } from '../../../src/tickets/api/exchange.ts';

let server: Server;
let agent: Agent;

beforeEach(async () => {
  // As a firewall does: it answers when it has seen the head, and reads no body.
  server = createServer((_request, response) => response.writeHead(403).end('refused'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  agent = new Agent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('an abort after an answer that came before all was sent ends nothing but the rest of the request', async () => {
  const { port } = server.address() as AddressInfo;
  const term = new AbortController();
  const uncaught: unknown[] = [];
  const hear = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', hear);
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
  term.abort();
  await delay(50);
  process.off('uncaughtException', hear);
  expect(uncaught).toEqual([]);
});
