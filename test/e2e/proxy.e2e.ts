import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { type Certificates, createCertificates } from '../tickets/api/certificates.ts';
import { aClient, disconnectAll, request, TOKEN, type TestClient } from '../tickets/api/fixtures.ts';
import { installTinyproxy, startTinyproxy, type Tinyproxy } from './support/tinyproxy.ts';

/** The ticket client, TLS and the desk, with a real proxy of Debian between them. Needs no cluster. */
const LOGIN = 'agent:the-first-passw0rd';
const problem = await installTinyproxy();
if (problem !== undefined && process.env['E2E_REQUIRE_ALL'] === '1') throw new Error(problem);
if (problem !== undefined) process.stderr.write(`SKIPPED, as tinyproxy cannot be installed: ${problem}\n`);
const describeWithProxy = problem === undefined ? describe : describe.skip;

describeWithProxy('tinyproxy with credentials', () => {
  let certificates: Certificates;
  let caFile: string;
  let credentialsFile: string;
  let desk: Desk;
  let proxy: Tinyproxy;

  beforeAll(async () => {
    certificates = createCertificates();
    const authority = certificates.authority('authority');
    caFile = join(certificates.folder, 'ca.crt');
    writeFileSync(caFile, authority.pem);
    credentialsFile = join(certificates.folder, 'login');
    const tls = authority.issue(['DNS:localhost', 'IP:127.0.0.1']);
    desk = await createDesk({
      file: ':memory:',
      tokens: [{ token: TOKEN }],
      tls,
      host: '127.0.0.1',
      port: 0,
    });
  });
  beforeEach(async () => {
    writeFileSync(credentialsFile, `${LOGIN}\n`);
    proxy = await startTinyproxy(LOGIN);
  });
  afterEach(async () => {
    disconnectAll();
    await proxy.stop();
  });
  afterAll(async () => {
    await desk.close();
    certificates.remove();
  });

  function client(noProxy: readonly string[] = []): TestClient {
    const url = `http://127.0.0.1:${proxy.port}`;
    return aClient({
      url: `https://localhost:${desk.port}`,
      caFile,
      proxy: { url, credentialsFile, noProxy },
    });
  }

  test('carries tickets, look-ups and comments through one tunnel', async () => {
    const { client: api } = client();
    const outcome = await api.create(request);
    if (outcome.kind !== 'created') throw new Error(JSON.stringify(outcome));
    expect(await api.find(request.marker)).toHaveLength(1);
    expect(await api.comment(outcome.ticket.id, 'over')).toEqual({ kind: 'done' });
    expect(await proxy.asked()).toEqual([`localhost:${desk.port}`]);
  });

  test('refuses wrong credentials, which pauses; new ones in the file count at once', async () => {
    const { client: api } = client();
    const before = desk.received().length;
    await proxy.restart('agent:the-second-passw0rd');
    const refused = await api.create(request);
    // tinyproxy answers 401 to wrong credentials, and 407 only to none.
    expect(refused).toMatchObject({ kind: 'paused', error: 'the proxy answered 401 to CONNECT' });
    expect(JSON.stringify(refused)).not.toContain('passw0rd');
    expect(desk.received()).toHaveLength(before);
    writeFileSync(credentialsFile, 'agent:the-second-passw0rd\n');
    expect(await api.create(request)).toMatchObject({ kind: 'created' });
  });

  test('is left aside for hosts that are reached directly', async () => {
    expect(await client(['localhost']).client.create(request)).toMatchObject({ kind: 'created' });
    expect(await proxy.asked()).toEqual([]);
  });

  test('that is gone: surely not sent', async () => {
    const { client: api } = client();
    await proxy.stop();
    expect(await api.create(request)).toMatchObject({ kind: 'notSent' });
  });
});
