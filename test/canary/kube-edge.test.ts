import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgentRedactor, createKnownSecrets } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import type { NewIncident } from '../../src/domain/incident.ts';
import { createKubeConnection, type KubeSource } from '../../src/kube/connection/index.ts';
import { createEventAnswers } from '../../src/kube/event-answers.ts';
import { createClusterReader } from '../../src/kube/evidence/cluster-reader.ts';
import { KubeIncidentStore } from '../../src/kube/incident-store/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { reportWatchEvent } from '../../src/agent/watch-reports.ts';
import { createLogger, type Logger } from '../../src/telemetry/index.ts';
import { watchedResources, Watches } from '../../src/watch/index.ts';
import { until } from '../agent/stage.ts';
import {
  answer,
  certificate,
  cleanUp,
  mountServiceAccount,
  startServer,
} from '../kube/connection/support.ts';
import { type Canaries, createCanaries, leaks, printed } from './canaries.ts';
import { echoing } from './echo.ts';

const about = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: 'u-1' };
const incident = {
  name: 'deployment-checkout-0123abcd-1',
  spec: { trigger: 'manual', target: about, key: '0123', class: 'manual', reason: 'R', openedAt: 1 },
} as NewIncident;

let canaries: Canaries;
let token: string;
let folder: string;
beforeEach(async () => {
  canaries = createCanaries(3_369);
  token = canaries.opaque('token of the service account');
  folder = await mkdtemp(join(tmpdir(), 'canary-'));
});
afterEach(async () => {
  await cleanUp();
  await rm(folder, { recursive: true, force: true });
});

interface Log {
  readonly log: Logger;
  readonly text: () => string;
}

/** A log as `run` makes it. */
function aLog(): Log {
  const lines: string[] = [];
  const redactor = createAgentRedactor(parseConfig({}, 'test'), createKnownSecrets());
  const log = createLogger({
    level: 'trace',
    version: '0.0.0',
    redact: (text) => redactor.redactText(text).text,
    destination: { write: (line) => void lines.push(line) },
  });
  return { log, text: () => lines.join('') };
}

/** Does everything that the agent does with the cluster, and hands back all that can be seen of it. */
async function seenOf(source: KubeSource): Promise<Record<string, string>> {
  const { log, text } = aLog();
  const seen: Record<string, string> = {};
  const note = (name: string, outcome: unknown): void => {
    seen[name] = printed(outcome);
    log.error({ err: outcome }, 'call failed');
  };
  const connection = await createKubeConnection(source, { clock: systemClock, version: '0.0.0' }).catch(
    (error: unknown) => note('connection', error) as undefined,
  );
  if (connection === undefined) return { ...seen, log: text() };
  const deps = { connection, clock: systemClock };
  const store = new KubeIncidentStore({ ...deps, namespace: 'ankra' });
  const options = { logsEnabled: true, logLines: 5, logBytes: 1_024, events: 5, namespaces: [] };
  const reader = createClusterReader({ ...deps, options, clusterIdentity: {} });
  const calls: Record<string, () => Promise<unknown>> = {
    json: () => connection.json({ path: '/api/v1/pods', query: { limit: 1 } }),
    text: () => connection.text({ path: '/api/v1/namespaces/shop/pods/a/log' }),
    stream: () => connection.stream({ path: '/api/v1/pods', lane: 'own' }),
    create: () => store.create(incident),
    answer: () => createEventAnswers(deps).answer(about, { reason: 'TicketFiled', note: 'done', id: '1' }),
    evidence: () => reader.evidence({ owner: about }),
    cluster: () => reader.cluster(),
  };
  await Promise.all(
    Object.entries(calls).map(async ([name, call]) =>
      note(name, await call().catch((error: unknown) => error)),
    ),
  );
  await watchUntilUnwell({ ...deps, random: () => 0.5 }, log);
  seen['connection'] = printed({ server: connection.server, namespace: connection.namespace });
  connection.close();
  return { ...seen, log: text() };
}

async function watchUntilUnwell(
  deps: Pick<ConstructorParameters<typeof Watches>[0], 'connection' | 'clock' | 'random'>,
  log: Logger,
): Promise<void> {
  let unwell = 0;
  const resources = watchedResources({ incidentNamespace: 'ankra' }).slice(0, 3);
  const watches = new Watches({
    ...deps,
    resources,
    onChange: () => undefined,
    observer: (event, resource) => {
      unwell += 1;
      reportWatchEvent(log, resource, event);
    },
    timings: { startSpreadMs: 0, backoffInitMs: 10, reopenSpreadMs: 10, shortWatchMs: 0 },
  });
  await until('a watch that has something to say', () => unwell >= resources.length);
  await watches.stop();
}

function status(code: number): (echo: string) => unknown {
  return (message) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Odd', code, message });
}

describe('a Kubernetes API that says back what it was sent', () => {
  test.each([401, 403, 404, 409, 422, 429, 500])('with %i', async (code) => {
    const server = await startServer(echoing({ status: code, toBody: status(code) }));
    expect(leaks(canaries, await seenOf({ kind: 'explicit', server: server.url, token }))).toEqual([]);
  });

  test.each(Array.from({ length: 6 }, (_, at) => 950 + 10 * at))(
    'after %i characters of its own, so that a limit cuts the echo',
    async (length) => {
      const words = `${'w'.repeat(length - 1)} `;
      const server = await startServer(echoing({ status: 500, words, toBody: status(500) }));
      expect(leaks(canaries, await seenOf({ kind: 'explicit', server: server.url, token }))).toEqual([]);
    },
  );

  test('as a page, as a list, in a stream, and in a broken header', async () => {
    const page = await startServer((incoming, response) => {
      response.statusCode = 502;
      response.end(`<html>${incoming.headers.authorization ?? ''}</html>`);
    });
    expect(leaks(canaries, await seenOf({ kind: 'explicit', server: page.url, token }))).toEqual([]);
    const stream = await startServer((incoming, response) => {
      const { authorization = '' } = incoming.headers;
      if (incoming.url?.includes('watch=') !== true) {
        response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [{ [authorization]: 1 }] }));
        return;
      }
      const error = { kind: 'Status', code: 500, message: authorization, reason: authorization };
      response.end(`{"type":"ERROR","object":${JSON.stringify(error)}}\nno JSON ${authorization}\n`);
    });
    // What is asked for and answered well is data, and is redacted where it is used.
    const { json, text, ...seen } = await seenOf({ kind: 'explicit', server: stream.url, token });
    expect([json, text]).not.toContain(undefined);
    expect(leaks(canaries, seen)).toEqual([]);
    const broken = await startServer((incoming, response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\n${incoming.headers.authorization ?? ''}\u0000: x\r\n\r\n`);
    });
    expect(leaks(canaries, await seenOf({ kind: 'explicit', server: broken.url, token }))).toEqual([]);
  });
});

describe('no token of the service account is told when', () => {
  test('the API has no address', async () => {
    const source = { kind: 'explicit', server: 'https://nowhere.invalid', token } as const;
    expect(leaks(canaries, await seenOf(source))).toEqual([]);
  });

  test.each([
    ['its certificate is of another authority', () => certificate('ca-two.pem')],
    ['the CA is no certificate', () => canaries.opaque('content of the CA file')],
    [
      'the CA is broken',
      () => `-----BEGIN CERTIFICATE-----\n${canaries.opaque('CA')}\n-----END CERTIFICATE-----`,
    ],
  ])('%s', async (_, ca) => {
    const server = await startServer(answer({}), 'one');
    const mount = await mountServiceAccount(server.port, { token, 'ca.crt': ca(), namespace: 'ankra' });
    expect(leaks(canaries, await seenOf(mount.source))).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test.each([
    ['has a line break', (secret: string) => `${secret.slice(0, 20)}\n${secret.slice(20)}`],
    ['has a NUL', (secret: string) => `${secret.slice(0, 20)}\u0000${secret.slice(20)}`],
    ['is not ASCII', (secret: string) => `${secret}\u2028é${secret}`],
    ['is empty', () => ''],
  ])('its file %s', async (_, contentOf) => {
    const server = await startServer(answer({ message: 'no' }, 401), 'one');
    const files = { token: contentOf(token), 'ca.crt': certificate('ca-one.pem'), namespace: 'ankra' };
    const mount = await mountServiceAccount(server.port, files);
    expect(leaks(canaries, await seenOf(mount.source))).toEqual([]);
  });
});

describe('no secret of a kubeconfig is told when', () => {
  const kubeconfig = (user: string): string =>
    `apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: test } }]
clusters: [{ name: test, cluster: { server: 'https://127.0.0.1:1' } }]
users:
- name: test
  user:
    ${user}
`;
  test.each([
    ['it is no YAML behind a token', (secret: string) => `token: ${secret}\n   password: 'odd\n - x`],
    ['a token has quotes that do not end', (secret: string) => `token: "${secret}`],
    ['a token is a list', (secret: string) => `token: [${secret}]`],
    ['a key is no key', (secret: string) => `client-key-data: ${Buffer.from(secret).toString('base64')}`],
    [
      'a plugin prints it and fails',
      (secret: string) =>
        `exec: { apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', 'echo ${secret}; echo ${secret} >&2; exit 3'] }`,
    ],
    [
      'a plugin prints it as something else',
      (secret: string) =>
        `exec: { apiVersion: client.authentication.k8s.io/v1, command: echo, args: ['{"token": ${secret}'] }`,
    ],
  ])('%s', async (_, userOf) => {
    const path = join(folder, 'config');
    await writeFile(path, kubeconfig(userOf(token)));
    expect(leaks(canaries, await seenOf({ kind: 'kubeconfig', path }))).toEqual([]);
  });
});
