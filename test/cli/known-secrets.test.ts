import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgentRedactor, createKnownSecrets, createTickets } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startServer, type TestServer } from '../tickets/api/servers.ts';

const config = parseConfig({}, 'test');
let folder: string;
let opened: TestServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'known-secrets-'));
});
afterEach(async () => {
  await Promise.all(opened.map((server) => server.close()));
  opened = [];
  await rm(folder, { recursive: true, force: true });
});

describe('what the process has learnt', () => {
  test('is struck out of every text from then on, tokens of before as well', () => {
    const secrets = createKnownSecrets();
    const redactor = createAgentRedactor(config, secrets);
    secrets.learn('ticketToken', 'plain words of old');
    secrets.learn('ticketToken', 'plain words of now');
    expect(redactor.redactLine('plain words of old, plain words of now').text).toBe(
      '[REDACTED:exact-value], [REDACTED:exact-value]',
    );
  });

  test('is kept for each source: what rotates every hour pushes nothing of another out', () => {
    const secrets = createKnownSecrets();
    secrets.learn('ticketToken', 'the ticket token');
    secrets.learn('proxy', 'the proxy login');
    for (let n = 0; n < 1_000; n += 1) {
      secrets.learn('kubernetesToken', `account token ${n}`);
      secrets.learn('environment', `variable ${n}`);
    }
    expect(secrets.values()).toEqual(
      expect.arrayContaining(['the ticket token', 'the proxy login', 'account token 999', 'variable 999']),
    );
    expect(secrets.values().length).toBeLessThanOrEqual(300);
  });

  test('forgets what was used longest ago', () => {
    const secrets = createKnownSecrets();
    for (let n = 0; n < 8; n += 1) secrets.learn('ticketToken', `token ${n}`);
    secrets.learn('ticketToken', 'token 0');
    secrets.learn('ticketToken', 'token 8');
    expect(secrets.values()).toContain('token 0');
    expect(secrets.values()).not.toContain('token 1');
  });
});

test('the token for the Kubernetes API is learnt before it is first sent, and each one that replaces it', async () => {
  const sent: unknown[] = [];
  const server = await startServer((incoming, response) => {
    sent.push(incoming.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  });
  opened.push(server);
  const learnt: string[] = [];
  const connection = await createKubeConnection(
    { kind: 'explicit', server: `http://127.0.0.1:${server.port}`, token: 'account-token' },
    { clock: systemClock, version: '0', onSecret: (value) => learnt.push(value) },
  );
  await connection.json({ path: '/version' });
  await connection.json({ path: '/version' });
  connection.close();
  expect(sent).toEqual(['Bearer account-token', 'Bearer account-token']);
  expect(learnt).toEqual(['account-token']);
});

test("the API's own words about a failure hold nothing that the process knows, in whatever form", async () => {
  const literal = 'a literal of a pod';
  const server = await startServer((_incoming, response) => {
    response.writeHead(422, { 'content-type': 'application/json' });
    const forms = [literal, encodeURIComponent(literal), Buffer.from(literal).toString('base64')];
    response.end(JSON.stringify({ detail: `cannot store ${forms.join(' or ')}` }));
  });
  opened.push(server);
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'token-of-the-test');
  const secrets = createKnownSecrets();
  secrets.learn('environment', literal);
  const ticketApi = { url: `http://127.0.0.1:${server.port}`, tokenFile };
  const tickets = createTickets(parseConfig({ ticketApi }, 'test'), systemClock, secrets);
  const outcome = await tickets.comment('1', 'text');
  tickets.disconnect();
  expect(outcome).toMatchObject({ kind: 'rejected' });
  expect(JSON.stringify(outcome)).toContain(
    'cannot store [REDACTED:exact-value] or [REDACTED:exact-value] or',
  );
  expect(JSON.stringify(outcome)).not.toContain('bGl0ZXJhbC');
});
