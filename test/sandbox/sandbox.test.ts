import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { aNamespace, aPod } from '../../src/sandbox/objects.ts';
import { createClient } from '../contract/kubernetes-client.ts';
import { createCertificates } from '../tickets/api/certificates.ts';
import { createFakeClock, settle } from '../support/fake-clock.ts';
import { openSandbox } from './fixtures.ts';

const pods = '/api/v1/namespaces/default/pods';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

describe('who may ask', () => {
  test('nobody without the token, but for health; a wrong token not even for that', async () => {
    const { sandbox, client } = await openSandbox({ token: 'right' });
    const anonymous = createClient({ url: sandbox.url });
    const stranger = createClient({ url: sandbox.url, token: 'wrong' });
    expect((await client.request('GET', pods)).status).toBe(200);
    const refused = await stranger.request('GET', pods);
    expect(refused).toMatchObject({ status: 401, body: { reason: 'Unauthorized', message: 'Unauthorized' } });
    expect((await anonymous.request('GET', pods)).status).toBe(401);
    expect((await anonymous.request('GET', '/readyz')).status).toBe(200);
    expect((await stranger.request('GET', '/readyz')).status).toBe(401);
  });

  test('over TLS with a certificate that the client can check', async () => {
    const certificates = createCertificates();
    try {
      const authority = certificates.authority('sandbox');
      const { sandbox } = await openSandbox({ tls: authority.issue(['IP:127.0.0.1']) });
      expect(sandbox.url).toMatch(/^https:/);
      const answer = await createClient({ url: sandbox.url, ca: authority.pem }).request('GET', '/version');
      expect(answer.status).toBe(200);
      await expect(createClient({ url: sandbox.url }).request('GET', '/version')).rejects.toThrow(
        /certificate/,
      );
    } finally {
      certificates.remove();
    }
  });
});

describe('requests', () => {
  test('are remembered with who sent them and how they ended', async () => {
    const clock = createFakeClock();
    const { sandbox, client } = await openSandbox({ clock });
    await client.request('GET', `${pods}?limit=5`);
    await client.request('GET', '/nowhere');
    const userAgent = 'ankra-support-agent-contract';
    expect(sandbox.requests).toEqual([
      { at: clock.now(), method: 'GET', path: `${pods}?limit=5`, userAgent, status: 200 },
      { at: clock.now(), method: 'GET', path: '/nowhere', userAgent, status: 404 },
    ]);
  });

  test('of more than three megabytes are refused', async () => {
    const { client } = await openSandbox();
    const body = { metadata: { name: 'big', annotations: { big: 'x'.repeat(3 * 1024 * 1024) } } };
    const answer = await client.request('POST', leases, { body });
    expect(answer).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
  });
});

describe('faults', () => {
  test('meet the next matching request once, with a proper Status', async () => {
    const { sandbox, client } = await openSandbox();
    sandbox.failNext({ method: 'GET', path: '/pods' }, 403);
    expect((await client.request('GET', leases)).status).toBe(200);
    expect(await client.request('GET', pods)).toMatchObject({
      status: 403,
      body: { kind: 'Status', reason: 'Forbidden', code: 403 },
    });
    expect((await client.request('GET', pods)).status).toBe(200);
  });

  test('can last, ask for patience, and be withdrawn', async () => {
    const { sandbox, client } = await openSandbox();
    const fault = { status: 429, retryAfterSeconds: 7, times: Infinity };
    const withdraw = sandbox.failNext({ path: /leases/ }, fault);
    for (const method of ['GET', 'POST']) {
      const answer = await client.request(method, leases);
      expect(answer).toMatchObject({ status: 429, body: { details: { retryAfterSeconds: 7 } } });
    }
    withdraw();
    expect((await client.request('GET', leases)).status).toBe(200);
  });

  test('can cut the connection before the work, or after it', async () => {
    const { sandbox, client } = await openSandbox();
    const create = (name: string): Promise<unknown> =>
      client.request('POST', leases, { body: { metadata: { name } } });
    sandbox.failNext({ method: 'POST' }, { cut: 'before' });
    await expect(create('undone')).rejects.toThrow('socket hang up');
    sandbox.failNext({ method: 'POST' }, { cut: 'after' });
    await expect(create('done')).rejects.toThrow('socket hang up');
    expect(sandbox.objects.list({ kind: 'Lease' }).map(({ metadata }) => metadata.name)).toEqual(['done']);
    expect(sandbox.requests.map(({ status }) => status)).toEqual([0, 0]);
  });
});

describe('history', () => {
  test('is bounded: an older watch gets 410, the oldest known one does not', async () => {
    const { sandbox, client } = await openSandbox({ historyLimit: 2 });
    const versions = ['a', 'b', 'c', 'd'].map(
      (name) => sandbox.objects.apply(aPod({ name })).metadata.resourceVersion,
    );
    const old = await client.watch(`${pods}?watch=1&resourceVersion=${versions[0]}`);
    expect(await old.next()).toMatchObject({
      type: 'ERROR',
      object: { code: 410, message: `too old resource version: ${versions[0]} (${versions[1]})` },
    });
    await old.ended();
    const known = await client.watch(`${pods}?watch=1&resourceVersion=${versions[1]}`);
    expect(await known.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'c' } } });
  });

  test('can be listed at a version, and not before the oldest', async () => {
    const { sandbox, client } = await openSandbox();
    const first = sandbox.objects.apply(aPod({ name: 'a' })).metadata.resourceVersion;
    sandbox.objects.apply(aPod({ name: 'b' }));
    sandbox.objects.delete({ kind: 'Pod', namespace: 'default', name: 'a' });
    const path = `${pods}?resourceVersionMatch=Exact&resourceVersion=${first}`;
    const then = await client.request('GET', path);
    expect(then.body['items']).toMatchObject([{ metadata: { name: 'a' } }]);
    expect(then.at('metadata.resourceVersion')).toBe(first);
    sandbox.compact();
    expect(await client.request('GET', path)).toMatchObject({ status: 410, body: { reason: 'Expired' } });
  });

  test('that is yet to come is waited for in silence', async () => {
    const { sandbox, client } = await openSandbox();
    const now = Number(sandbox.objects.apply(aPod({ name: 'a' })).metadata.resourceVersion);
    const watch = await client.watch(`${pods}?watch=1&resourceVersion=${now + 2}`);
    for (const name of ['b', 'c', 'd']) sandbox.objects.apply(aPod({ name }));
    expect(await watch.next()).toMatchObject({ object: { metadata: { name: 'd' } } });
  });
});

describe('watches', () => {
  test('get a bookmark every minute and two seconds before their end', async () => {
    const clock = createFakeClock();
    const { sandbox, client } = await openSandbox({ clock });
    const path = `${pods}?watch=1&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=100`;
    const watch = await client.watch(path);
    await clock.advance(MINUTE);
    expect(await watch.next()).toMatchObject({ type: 'BOOKMARK' });
    const version = sandbox.objects.apply(aNamespace('later')).metadata.resourceVersion;
    await clock.advance(37 * SECOND);
    await clock.advance(1 * SECOND);
    expect((await watch.next()).object).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: version },
    });
    await clock.advance(2 * SECOND);
    await watch.ended();
    expect(clock.sleeping).toBe(0);
  });

  test('get no bookmarks unless they ask', async () => {
    const clock = createFakeClock();
    const { sandbox, client } = await openSandbox({ clock });
    const watch = await client.watch(`${pods}?watch=1&resourceVersion=1`);
    await clock.advance(5 * MINUTE);
    sandbox.objects.apply(aPod({ name: 'a' }));
    expect((await watch.next()).type).toBe('ADDED');
  });

  test('can be cut, or ended properly, for one kind', async () => {
    const { sandbox, client } = await openSandbox();
    const [cut, other] = [await client.watch(`${pods}?watch=1`), await client.watch(`${leases}?watch=1`)];
    expect(sandbox.disconnectWatches({ plural: 'pods' })).toBe(1);
    await expect(cut.next()).rejects.toThrow(/aborted/);
    expect(sandbox.disconnectWatches({ isClean: true })).toBe(1);
    await other.ended();
  });

  test('that the client has left are forgotten', async () => {
    const clock = createFakeClock();
    const { sandbox, client } = await openSandbox({ clock });
    const watch = await client.watch(`${pods}?watch=1`);
    watch.close();
    for (let turn = 0; turn < 50 && clock.sleeping > 0; turn += 1) await settle();
    expect(sandbox.disconnectWatches()).toBe(0);
  });
});

describe('deletion', () => {
  test('waits for finalizers, and is over with the last of them', async () => {
    const { client } = await openSandbox();
    const body = { metadata: { name: 'held', finalizers: ['example.com/hold'] } };
    await client.request('POST', leases, { body });
    const marked = await client.request('DELETE', `${leases}/held`);
    expect(marked.at('metadata.deletionTimestamp')).toEqual(expect.any(String));
    const patch = { body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' };
    await client.request('PATCH', `${leases}/held`, patch);
    expect((await client.request('GET', `${leases}/held`)).status).toBe(404);
  });

  test('of a namespace takes everything in it', async () => {
    const { sandbox, client } = await openSandbox();
    sandbox.objects.apply(aNamespace('shop'));
    sandbox.objects.apply(aPod({ name: 'web', namespace: 'shop' }));
    sandbox.objects.apply(aPod({ name: 'web', namespace: 'shop-2' }));
    await client.request('DELETE', '/api/v1/namespaces/shop');
    const left = sandbox.objects.list({ kind: 'Pod' }).map(({ metadata }) => metadata.namespace);
    expect(left).toEqual(['shop-2']);
  });
});
