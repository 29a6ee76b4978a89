import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgentRedactor, createKnownSecrets } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import type { TicketRequest } from '../../src/domain/ticket.ts';
import { createLogger } from '../../src/telemetry/index.ts';
import { createTicketClient, createTokenFile, type TokenSource } from '../../src/tickets/index.ts';
import { type Certificates, createCertificates } from '../tickets/api/certificates.ts';
import { createHastyClock } from '../tickets/api/fixtures.ts';
import { startProxy, startServer, type TestServer } from '../tickets/api/servers.ts';
import { type Canaries, createCanaries, leaks, printed } from './canaries.ts';
import { echoing } from './echo.ts';

const request: TicketRequest = {
  subject: 'Deployment shop/checkout: crashes [k8s-0123456789-abcde]',
  description: 'It crashes.',
  category: 'technical',
  severity: 'critical',
  environment: { version: '1' },
  clusterId: undefined,
  marker: 'k8s-0123456789-abcde',
};

let certificates: Certificates;
let canaries: Canaries;
let token: string;
let folder: string;
let opened: { close: () => Promise<void> }[] = [];
beforeAll(() => {
  certificates = createCertificates();
});
afterAll(() => certificates.remove());
beforeEach(async () => {
  canaries = createCanaries(2_246);
  token = canaries.opaque('token');
  folder = await mkdtemp(join(tmpdir(), 'canary-'));
});
afterEach(async () => {
  await Promise.all(opened.map((server) => server.close()));
  opened = [];
  await rm(folder, { recursive: true, force: true });
});

async function serve(answer: RequestListener, tls?: Parameters<typeof startServer>[1]): Promise<TestServer> {
  const server = await startServer(answer, tls);
  opened.push(server);
  return server;
}

interface Api {
  readonly url: string;
  readonly caFile?: string;
  readonly proxy?: { readonly url: string; readonly credentialsFile?: string };
}

/** Makes every call of the API, as the outbox and the commands do, and hands back all that can be seen of it. */
async function seenOf(api: Api, content = `${token}\n`): Promise<Record<string, string>> {
  const tokenFile = join(folder, 'token');
  if (content !== '') await writeFile(tokenFile, content);
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(parseConfig({}, 'test'), secrets);
  const file = createTokenFile(tokenFile);
  const source: TokenSource = {
    ...file,
    read: async () => {
      const value = await file.read();
      secrets.learn('ticketToken', value);
      return value;
    },
  };
  const client = createTicketClient({
    ...api,
    token: source,
    clock: createHastyClock(),
    firstWaitMs: 1,
    timeoutMs: 2_000,
    onSecret: (value) => secrets.learn('proxy', value),
    redact: (text) => redactor.redactLine(text).text,
  });
  const lines: string[] = [];
  const log = createLogger({
    level: 'trace',
    version: '0.0.0',
    redact: (text) => redactor.redactText(text).text,
    destination: { write: (line) => void lines.push(line) },
  });
  const calls = {
    create: () => client.create(request),
    comment: () => client.comment('1', 'text'),
    close: () => client.close('1'),
    find: () => client.find('k8s-0123456789'),
    get: () => client.get('1'),
    listClusters: () => client.listClusters(),
  };
  const seen = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const outcome = await call().catch((error: unknown) => error);
      log.error({ err: outcome, reason: (outcome as { error?: string })?.error ?? '' }, 'call failed');
      return [name, printed(outcome)] as const;
    }),
  );
  client.disconnect();
  return { ...Object.fromEntries(seen), log: lines.join('') };
}

describe('an API that says back what it was sent', () => {
  test.each([401, 403, 404, 409, 413, 422, 429, 500, 302, 200])('with %i', async (status) => {
    const answer = echoing({ status, toBody: (detail) => ({ detail }) });
    const { port } = await serve(answer);
    const seen = await seenOf({ url: `http://127.0.0.1:${port}` });
    expect(seen['create']).toMatch(/kind: '(?:paused|denied|rejected|notSent|unknown)'/);
    expect(leaks(canaries, seen)).toEqual([]);
  });

  test('as a list of problems', async () => {
    const toBody = (echo: string): object => ({ detail: [{ loc: ['header', echo], msg: echo }] });
    const { port } = await serve(echoing({ status: 422, toBody }));
    expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${port}` }))).toEqual([]);
  });

  test.each(Array.from({ length: 12 }, (_, at) => 400 + 10 * at))(
    'after %i characters of its own, so that a limit cuts the echo',
    async (length) => {
      const words = `${'w'.repeat(length - 1)} `;
      const { port } = await serve(echoing({ status: 422, words, toBody: (detail) => ({ detail }) }));
      expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${port}` }))).toEqual([]);
    },
  );

  test.each<[string, (sent: string) => string]>([
    ['in base64', (sent) => Buffer.from(sent).toString('base64')],
    ['in base64 for links, with a name before it', (sent) => Buffer.from(`a:${sent}`).toString('base64url')],
    ['as hexadecimal digits', (sent) => Buffer.from(sent).toString('hex')],
    ['as hexadecimal digits in capitals', (sent) => Buffer.from(sent).toString('hex').toUpperCase()],
    ['percent-encoded', (sent) => encodeURIComponent(sent)],
    ['as JSON in JSON', (sent) => JSON.stringify(JSON.stringify({ sent }))],
  ])('%s', async (_, encode) => {
    const { port } = await serve((incoming, response) => {
      const sent = (incoming.headers.authorization ?? '').replace('Bearer ', '');
      response.writeHead(422, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ detail: `cannot use ${encode(sent)} here` }));
    });
    const seen = await seenOf({ url: `http://127.0.0.1:${port}` });
    expect(seen['create']).toContain('cannot use');
    expect(leaks(canaries, seen)).toEqual([]);
    expect(JSON.stringify(seen).toLowerCase()).not.toContain(Buffer.from(token).toString('hex').slice(0, 16));
  });

  test('in one that is too large, in one that is no JSON, and in a broken header', async () => {
    const huge = await serve((incoming, response) => {
      response.end(`${incoming.headers.authorization ?? ''} `.repeat(60_000));
    });
    expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${huge.port}` }))).toEqual([]);
    const page = await serve((incoming, response) => {
      response.writeHead(500).end(`<html>${incoming.headers.authorization ?? ''}</html>`);
    });
    expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${page.port}` }))).toEqual([]);
    const broken = await serve((incoming, response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\n${incoming.headers.authorization ?? ''}\u0000: x\r\n\r\n`);
    });
    expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${broken.port}` }))).toEqual([]);
    const gone = await serve((incoming) => incoming.socket.destroy());
    expect(leaks(canaries, await seenOf({ url: `http://127.0.0.1:${gone.port}` }))).toEqual([]);
  });
});

describe('no secret is told when the API', () => {
  test('has no address', async () => {
    const seen = await seenOf({ url: 'https://nowhere.invalid' });
    expect(seen['create']).toContain('nowhere.invalid');
    expect(leaks(canaries, seen)).toEqual([]);
  });

  test.each([
    ['signs its own certificate', () => certificates.selfSigned(['IP:127.0.0.1', 'DNS:localhost'])],
    ['is somebody else', () => certificates.authority('one').issue(['DNS:elsewhere.example'])],
  ])('%s', async (_, issue) => {
    const bodies: string[] = [];
    const server = await serve((incoming, response) => {
      bodies.push(printed(incoming.headers));
      response.end();
    }, issue());
    const caFile = join(folder, 'ca.pem');
    // In a bundle a comment may stand beside the certificates, and people put strange things there.
    const note = `# ${canaries.opaque('comment in the CA bundle')}\n`;
    await writeFile(caFile, note + certificates.authority('one').pem);
    expect(leaks(canaries, await seenOf({ url: `https://localhost:${server.port}`, caFile }))).toEqual([]);
    expect(bodies).toEqual([]);
  });

  test.each([
    ['no certificate', (key: string) => key],
    ['a broken one', (key: string) => `-----BEGIN CERTIFICATE-----\n${key}\n-----END CERTIFICATE-----\n`],
  ])('has a CA bundle with %s', async (_, contentOf) => {
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, contentOf(canaries.opaque('content of the CA bundle')));
    expect(leaks(canaries, await seenOf({ url: 'https://localhost:1', caFile }))).toEqual([]);
  });
});

describe('no token is told that', () => {
  test.each([
    ['has a line break', (secret: string) => `${secret.slice(0, 20)}\n${secret.slice(20)}`],
    ['has a NUL', (secret: string) => `${secret}\u0000`],
    ['is not ASCII', (secret: string) => `${secret}é`],
    ['has a blank', (secret: string) => `Bearer ${secret}`],
    ['is missing', () => ''],
    ['is a megabyte', (secret: string) => secret.repeat(26_000)],
  ])('%s', async (_, contentOf) => {
    const server = await serve((_request, response) => void response.writeHead(500).end());
    const seen = await seenOf({ url: `http://127.0.0.1:${server.port}` }, contentOf(token));
    expect(leaks(canaries, seen)).toEqual([]);
  });
});

describe('no credentials of a proxy are told', () => {
  test.each([
    ['that are wrong', 'user:', (secret: string) => `user:${secret}`, 'somebody:else'],
    ['with a line break', '', (secret: string) => `user:${secret}\r\nx-injected: ${secret}`, 'somebody:else'],
    ['that are not ASCII', '', (secret: string) => `user:é${secret}\u0000`, 'somebody:else'],
  ])('%s', async (_, __, contentOf, login) => {
    const proxy = await startProxy();
    opened.push(proxy);
    proxy.login = login;
    const credentialsFile = join(folder, 'proxy');
    await writeFile(credentialsFile, contentOf(canaries.password('credentials file')));
    const url = `http://127.0.0.1:${proxy.port}`;
    const seen = await seenOf({ url: 'https://api.example.com', proxy: { url, credentialsFile } });
    expect(seen['create']).toContain('407');
    expect(leaks(canaries, seen)).toEqual([]);
  });

  test.each(['', '%'])('that stand in its address%s', async (odd) => {
    const secret = canaries.opaque('address of the proxy');
    const url = `http://user:${secret}${odd}@nowhere.invalid:3128`;
    expect(leaks(canaries, await seenOf({ url: 'https://api.example.com', proxy: { url } }))).toEqual([]);
  });
});
