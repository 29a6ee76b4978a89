import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
import type { OwnerReader, OwnerReading } from '../../src/domain/ports.ts';
import { KubeOwnerReader } from '../../src/kube/owner-reader.ts';
import { toOwner } from '../../src/watch/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { cleanUp, connect, startServer, type TestServer } from './connection/support.ts';

const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-1' };
const kinds = {
  resources: [
    { name: 'rollouts', kind: 'Rollout', namespaced: true },
    { name: 'rollouts/status', kind: 'Rollout', namespaced: true },
    { name: 'fleets', kind: 'Fleet', namespaced: false },
    { kind: 'Nameless' },
  ],
};
const controller = { apiVersion: 'v1', kind: 'Shop', name: 'shop', uid: 'a-1', controller: true };
const metadata = { name: 'web', uid: 'r-1', namespace: 'shop', ownerReferences: [controller] };

let server: TestServer;
let clock: FakeClock;
let reader: OwnerReader;
let answers: Map<string, { status?: number; body?: unknown }>;
beforeEach(async () => {
  answers = new Map<string, { status?: number; body?: unknown }>([
    ['/apis/argoproj.io/v1alpha1', { body: kinds }],
    ['/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web', { body: { metadata } }],
  ]);
  server = await startServer((request, response) => {
    const { status = 200, body = {} } = answers.get(request.url ?? '') ?? { status: 404 };
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  const { connection, clock: fake } = await connect({ kind: 'explicit', server: server.url });
  clock = fake;
  const matchLabels = { tier: 'gold' };
  reader = new KubeOwnerReader({
    connection,
    clock,
    project: (object) => toOwner(object, { wanted: { matchLabels } }),
  });
});
afterEach(cleanUp);

function read(change: Partial<typeof rollout> = {}): Promise<OwnerReading> {
  return reader.read({ ...rollout, ...change }, 'shop', new AbortController().signal);
}

function asked(): readonly (string | undefined)[] {
  return server.requests.map(({ url }) => url);
}

describe('an owner of any kind', () => {
  test('is read by its metadata alone, where its kind is served', async () => {
    const { controller: _controller, ...owner } = controller;
    expect(await read()).toEqual({ kind: 'read', owner, unselected: true });
    expect(asked()).toEqual([...answers.keys()]);
    expect(server.requests[1]?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    );
  });

  test('tells its annotation and whether the selector takes it', async () => {
    const annotations = { 'support.ankra.app/ignore': 'true' };
    const body = { metadata: { ...metadata, ownerReferences: [], annotations, labels: { tier: 'gold' } } };
    answers.set('/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web', { body });
    expect(await read()).toEqual({ kind: 'read', ignored: true });
  });

  test('of the core group, and one that lies in no namespace', async () => {
    answers.set('/api/v1', { body: { resources: [{ name: 'shops', kind: 'Shop', namespaced: true }] } });
    answers.set('/api/v1/namespaces/shop/shops/web', { body: { metadata } });
    answers.set('/apis/argoproj.io/v1alpha1/fleets/web', { body: { metadata } });
    expect(await read({ apiVersion: 'v1', kind: 'Shop' })).toMatchObject({ kind: 'read' });
    expect(await read({ kind: 'Fleet' })).toMatchObject({ kind: 'read' });
  });

  test('has its kind looked up once, also when several are asked for at once', async () => {
    answers.set('/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web-2', { body: { metadata } });
    await Promise.all([read(), read(), read({ name: 'web-2' })]);
    // The kind, and each of the two owners.
    expect(asked()).toHaveLength(3);
    expect(new Set(asked())).toEqual(new Set(answers.keys()));
  });

  test('has its kind looked up once, and again after a while', async () => {
    for (let n = 0; n < 3; n += 1) await read();
    expect(asked().filter((url) => url === '/apis/argoproj.io/v1alpha1')).toHaveLength(1);
    await clock.advance(11 * MINUTE);
    await read();
    expect(asked().filter((url) => url === '/apis/argoproj.io/v1alpha1')).toHaveLength(2);
  });
});

describe('is absent', () => {
  test.each([
    ['an owner that is gone', { name: 'gone' }],
    ['another object of its name', { uid: 'r-2' }],
    ['a kind that nobody serves', { kind: 'Unknown' }],
    ['a kind without a name', { kind: 'Nameless' }],
    ['a group that nobody serves', { apiVersion: 'example.org/v1' }],
  ])('%s', async (_, change) => {
    expect(await read(change)).toEqual({ kind: 'absent' });
  });

  test.each(['../../api/v1/namespaces/kube-system/secrets', 'v1?watch=1', '', 'a/b/c', 'v1/..'])(
    'what is no API version, without a request: %s',
    async (apiVersion) => {
      expect(await read({ apiVersion })).toEqual({ kind: 'absent' });
      expect(asked()).toEqual([]);
    },
  );

  test.each(['', '.', '..'])('what is no name, without a request: "%s"', async (name) => {
    expect([await read({ name }), asked()]).toEqual([{ kind: 'absent' }, []]);
  });

  test('a name leads nowhere else', async () => {
    await read({ name: '../secrets/x?watch=1' });
    expect(asked()[1]).toBe(
      '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/..%2Fsecrets%2Fx%3Fwatch%3D1',
    );
  });

  test('a group that nobody serves is not asked for again', async () => {
    for (const name of ['a', 'b']) await read({ apiVersion: 'example.org/v1', name });
    expect(asked()).toEqual(['/apis/example.org/v1']);
  });
});

describe('is refused', () => {
  test('what the agent has no right to; the kind is not asked for again in this namespace for a while', async () => {
    const forbidden = { status: 403, body: { kind: 'Status', reason: 'Forbidden' } };
    for (const name of ['web', 'other'])
      answers.set(`/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/${name}`, forbidden);
    expect([await read(), await read({ name: 'other' })]).toEqual([{ kind: 'refused' }, { kind: 'refused' }]);
    expect(asked()).toHaveLength(2);
    await clock.advance(11 * MINUTE);
    expect(await read()).toEqual({ kind: 'refused' });
    expect(asked()).toHaveLength(4);
  });
});

test.each([500, 429, 401])('an answer of %i is none: it may be tried again', async (status) => {
  answers.set('/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web', { status });
  await expect(read()).rejects.toThrow(String(status));
  answers.set('/apis/argoproj.io/v1alpha1', { status });
  await clock.advance(11 * MINUTE);
  await expect(read()).rejects.toThrow(String(status));
});
