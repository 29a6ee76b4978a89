import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeConnection, KubeSource } from '../../src/kube/connection/index.ts';
import { type BreakablePlane, startBreakablePlane } from './support/watch/control-plane.ts';
import { configMapsPath, createConfigMaps, follow, type Follower, names } from './support/watch/follower.ts';
import { openDroppingWay } from './support/watch/half-open.ts';
import { followNamespaces } from './support/watch/namespaced.ts';
import { type Relay, startRelay } from './support/watch/relay.ts';
import {
  allow,
  allowIn,
  createAccount,
  createNamespace,
  forbid,
  requestShortToken,
  requestToken,
  revoke,
  throttle,
} from './support/watch/rights.ts';
import { eventually } from './support/wait.ts';
import { systemClock } from '../../src/lib/clock.ts';

/**
 * The watch against a real API server of its own, which dies, forgets, refuses and falls silent. However it ends: what is held is what a
 * plain list shows, and what was wrong has been said. The scenarios that take long run with `E2E_SLOW=1`.
 */
const SECOND = 1_000;
const TEST_MS = 90 * SECOND;
const isSlow = process.env['E2E_SLOW'] === '1';
const isRoot = process.getuid?.() === 0;
const describeSlow = isSlow ? describe : describe.skip;
const describeSlowAsRoot = isSlow && isRoot ? describe : describe.skip;
/** Watches end after two seconds, so that what concerns only new requests shows soon. */
const shortWatches = { watchMinMs: 2 * SECOND, watchMaxMs: 3 * SECOND };

let plane: BreakablePlane;
let admin: KubeConnection;
let relay: Relay;
let token: string;
const followers: Follower[] = [];
let serial = 0;

beforeAll(async () => {
  plane = await startBreakablePlane();
  admin = plane.admin;
  await createAccount(admin);
  await allow(admin);
  token = await requestToken(admin);
  const { hostname, port } = new URL(plane.serverUrl);
  relay = await startRelay({ targetHost: hostname, targetPort: Number(port) });
}, 120 * SECOND);

afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
  relay.accept();
});

afterAll(async () => {
  await relay.close();
  await plane.close();
}, 30 * SECOND);

/** As the agent connects, through the relay. */
function throughRelay(): KubeSource {
  return { kind: 'explicit', server: `https://127.0.0.1:${relay.port}`, ca: plane.ca, token };
}

/** The files of a service account, as the kubelet mounts them into a pod; the token is still to be written. */
async function mountAccount(): Promise<{
  readonly source: KubeSource;
  readonly write: (secret: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'e2e-token-'));
  await writeFile(join(directory, 'ca.crt'), plane.ca);
  await writeFile(join(directory, 'namespace'), 'watch-home');
  const environment = {
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(relay.port),
  };
  return {
    source: { kind: 'in-cluster', directory, environment },
    write: (secret) => writeFile(join(directory, 'token'), secret),
    remove: () => rm(directory, { recursive: true }),
  };
}

interface Scene {
  readonly namespace: string;
  readonly follower: Follower;
}

/** A namespace with twenty ConfigMaps and a reflector that knows them. */
async function scene(options: Partial<Parameters<typeof follow>[0]> = {}): Promise<Scene> {
  serial += 1;
  const namespace = `watch-${serial}`;
  await createNamespace(admin, namespace);
  await createConfigMaps(admin, namespace, names('before', 20));
  const follower = await follow({ admin, namespace, source: throughRelay(), ...options });
  followers.push(follower);
  await follower.agrees();
  expect(follower.reflector.status.health).toBe('well');
  return { namespace, follower };
}

/** Something created, something changed, something deleted. */
async function change(namespace: string, prefix: string): Promise<void> {
  const path = configMapsPath(namespace);
  await createConfigMaps(admin, namespace, names(prefix, 5));
  await admin.json({
    method: 'PATCH',
    path: `${path}/before-1`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { data: { changed: prefix } },
  });
  await admin.json({ method: 'DELETE', path: `${path}/${prefix}-0` });
}

describe('watch: history', () => {
  test(
    'compacted and gone (410): lists again, and tells what was deleted meanwhile',
    async () => {
      const { namespace, follower } = await scene();
      relay.refuse();
      await change(namespace, 'gap');
      await admin.json({ method: 'DELETE', path: `${configMapsPath(namespace)}/before-2` });
      await plane.compact();
      // What the API server itself remembers must go, too.
      await plane.kill('kube-apiserver');
      await plane.start('kube-apiserver');
      await follower.complains('transport');
      relay.accept();
      await follower.agrees();
      await follower.recovers();
      expect(follower.reflector.status.relists).toMatchObject({ start: 1, expired: 1 });
      expect(follower.changes).toContainEqual(
        expect.objectContaining({
          kind: 'delete',
          finalStateUnknown: true,
          view: expect.objectContaining({ name: 'before-2' }),
        }),
      );
    },
    TEST_MS,
  );

  test(
    'etcd restored from an older backup: everything is taken as it is now, although versions are lower',
    async () => {
      const { namespace, follower } = await scene({ timings: { freshnessMs: 2 * SECOND } });
      await plane.backUp();
      await change(namespace, 'undone');
      await createConfigMaps(admin, namespace, names('more', 50));
      await follower.agrees();
      const before = Number(follower.reflector.status.lastVersion);
      await plane.restore();
      await follower.agrees(60 * SECOND);
      await follower.recovers();
      const { status } = follower.reflector;
      expect(Number(status.lastVersion)).toBeLessThan(before);
      expect(status.relists).toHaveProperty('regressed');
      expect([...follower.reflector.store.values()].map(({ name }) => name).sort()).toEqual(
        names('before', 20).sort(),
      );
      await change(namespace, 'after');
      await follower.agrees();
    },
    TEST_MS,
  );
});

describe('watch: freshness', () => {
  test(
    'a proof that is asked for is there within seconds, by a watch alone, although only other collections change',
    async () => {
      const { namespace, follower } = await scene();
      const { reflector } = follower;
      const since = reflector.freshness()?.since;
      await createNamespace(admin, `${namespace}-other`);
      await createConfigMaps(admin, `${namespace}-other`, names('other', 20));
      const askedAt = systemClock.monotonic();
      reflector.prove();
      await eventually(
        'a proof',
        5 * SECOND,
        () => (reflector.freshness()?.provenAt ?? 0) >= askedAt || undefined,
      );
      expect(reflector.freshness()?.since).toBe(since);
      expect(reflector.status).toMatchObject({ relists: { start: 1 }, reconnects: { proof: 1 } });
    },
    TEST_MS,
  );

  test(
    'Events get no bookmarks, and a watch of them ends properly when its time is over',
    async () => {
      const path = '/apis/events.k8s.io/v1/events';
      const { metadata } = await admin.json<{ metadata: { resourceVersion: string } }>({ path });
      const query = {
        watch: 1,
        allowWatchBookmarks: true,
        timeoutSeconds: 4,
        resourceVersion: metadata.resourceVersion,
      };
      let text = '';
      const stream = await admin.stream({ path, query, lane: 'own' });
      const openedAt = systemClock.monotonic();
      await stream.consume((chunk) => {
        text += chunk.toString();
      });
      expect(systemClock.monotonic() - openedAt).toBeGreaterThan(3 * SECOND);
      expect(text).not.toContain('BOOKMARK');
    },
    TEST_MS,
  );

  test(
    'the API server killed: not current from then on, and anew when it is back',
    async () => {
      const { namespace, follower } = await scene();
      const { reflector } = follower;
      await plane.kill('kube-apiserver');
      await eventually('the loss', 10 * SECOND, () => reflector.freshness() === undefined || undefined);
      const lostAt = systemClock.monotonic();
      await delay(6 * SECOND);
      await plane.start('kube-apiserver');
      await change(namespace, 'after');
      await follower.agrees();
      await eventually('the proof', 30 * SECOND, () => reflector.freshness() !== undefined || undefined);
      expect(reflector.freshness()?.since).toBeGreaterThan(lostAt + 5 * SECOND);
    },
    TEST_MS,
  );
});

describe('watch: servers that die', () => {
  test(
    'the API server killed and started again',
    async () => {
      const { namespace, follower } = await scene();
      await plane.kill('kube-apiserver');
      await follower.complains('transport');
      await plane.start('kube-apiserver');
      await change(namespace, 'after');
      await follower.agrees();
      await follower.recovers();
      // It may have refused for a moment, too: a server that starts does not know at once who is allowed what.
      expect(follower.events.filter(({ kind }) => kind === 'well')).toHaveLength(1);
    },
    TEST_MS,
  );

  test(
    'etcd gone for a while: what starts meanwhile says so, all are in step afterwards',
    async () => {
      const { namespace, follower } = await scene();
      await plane.kill('etcd');
      const late = await follow({
        admin,
        namespace,
        source: throughRelay(),
        timings: { listHeaderMs: 2 * SECOND },
      });
      followers.push(late);
      await eventually('a complaint', 60 * SECOND, () =>
        late.reflector.status.health === 'unwell' ? true : undefined,
      );
      expect(late.reflector.status.synced).toBe(false);
      expect(follower.reflector.store.size).toBe(20);
      await plane.start('etcd');
      await eventually('a server that is ready', 30 * SECOND, () =>
        admin.text({ path: '/readyz' }).then(
          () => true,
          () => undefined,
        ),
      );
      await change(namespace, 'after');
      await follower.agrees();
      await late.agrees();
      await late.recovers();
    },
    TEST_MS,
  );
});

describe('watch: refusals', () => {
  test(
    'rights taken away and given back (403)',
    async () => {
      const { namespace, follower } = await scene({ timings: shortWatches });
      await forbid(admin);
      await follower.complains('forbidden');
      expect(follower.reflector.status).toMatchObject({ health: 'refused', objects: 20 });
      await change(namespace, 'meanwhile');
      await allow(admin);
      await follower.agrees();
      await follower.recovers();
      expect(follower.events.filter(({ kind }) => kind === 'unwell')).toHaveLength(1);
    },
    TEST_MS,
  );

  test(
    'flow control (429): waits, and lists nothing again',
    async () => {
      const { namespace, follower } = await scene({ timings: shortWatches });
      const unthrottle = await throttle(admin, plane, token);
      await follower.complains('throttled');
      await change(namespace, 'meanwhile');
      await unthrottle();
      await follower.agrees();
      await follower.recovers();
      expect(follower.reflector.status.relists).toEqual({ start: 1 });
    },
    TEST_MS,
  );
});

describeSlow('watch: tokens (with E2E_SLOW=1)', () => {
  test(
    'token revoked (401): complains, and goes on by itself as soon as there is a new one; a token rotated in time is not noticed',
    async () => {
      const account = await mountAccount();
      const write = async (secret: string): Promise<void> => account.write(await requestToken(admin, secret));
      await write('first');
      const { namespace, follower } = await scene({ source: account.source, timings: shortWatches });
      await revoke(admin, 'first');
      await follower.complains('unauthorized', 60 * SECOND);
      await change(namespace, 'meanwhile');
      await write('second');
      await follower.agrees();
      await follower.recovers();

      const told = follower.events.length;
      await write('third');
      await revoke(admin, 'second');
      // The server remembers for ten seconds that the token was good.
      const reopened = follower.reflector.status.reconnects.closed ?? 0;
      await eventually('watches that the new token has opened', 60 * SECOND, () =>
        (follower.reflector.status.reconnects.closed ?? 0) >= reopened + 6 ? true : undefined,
      );
      await change(namespace, 'after');
      await follower.agrees();
      expect(follower.events.slice(told).filter(({ kind }) => kind === 'unwell')).toEqual([]);
      await account.remove();
    },
    2 * TEST_MS,
  );
});

describeSlow('watch: short-lived tokens (with E2E_SLOW=1)', () => {
  test(
    'a projected token that lives for seconds: nobody notices as long as it is rotated; when it is not, it says so until it is',
    async () => {
      const account = await mountAccount();
      const rotate = async (): Promise<void> =>
        account.write(await requestShortToken(admin, plane.tokenKey, 8));
      await rotate();
      const { namespace, follower } = await scene({ source: account.source, timings: shortWatches });
      const opened = (): number => follower.reflector.status.reconnects.closed ?? 0;
      // As the kubelet does, before the old one ends. The server remembers for ten seconds more that a token was good.
      for (let round = 1; round <= 6; round += 1) {
        await delay(6 * SECOND);
        await rotate();
      }
      await change(namespace, 'rotated');
      await follower.agrees();
      expect(opened()).toBeGreaterThanOrEqual(8);
      expect(follower.events.filter(({ kind }) => kind === 'unwell')).toEqual([]);

      await follower.complains('unauthorized', 60 * SECOND);
      await change(namespace, 'meanwhile');
      await rotate();
      await follower.agrees();
      await follower.recovers();
      expect(follower.events.filter(({ kind }) => kind === 'unwell')).toHaveLength(1);
      expect(follower.reflector.status.relists).toEqual({ start: 1 });
      await account.remove();
    },
    2 * TEST_MS,
  );
});

describe('watch: networks that break', () => {
  test(
    'connections reset and refused',
    async () => {
      const { namespace, follower } = await scene();
      relay.refuse();
      await change(namespace, 'gap');
      await follower.complains('transport');
      relay.accept();
      await follower.agrees();
      await follower.recovers();
      expect(follower.reflector.status.relists).toEqual({ start: 1 });
    },
    TEST_MS,
  );

  test(
    'a proxy that swallows every byte: the freshness check ends the silence',
    async () => {
      const { namespace, follower } = await scene({
        timings: { freshnessMs: SECOND, listHeaderMs: 3 * SECOND },
      });
      relay.swallow();
      await change(namespace, 'swallowed');
      await follower.agrees(60 * SECOND);
      const { status } = follower.reflector;
      expect(status.reconnects).toEqual({ stalled: 1 });
      expect(status.relists).toEqual({ start: 1 });
    },
    TEST_MS,
  );
});

describeSlowAsRoot('watch: half-open TCP in a network namespace (with E2E_SLOW=1, as root)', () => {
  test(
    'is noticed by keep-alive within half a minute',
    async () => {
      const way = await openDroppingWay(plane.serverUrl);
      try {
        const kubeconfig = await writeKubeconfig(`https://${way.host}:${way.port}`);
        const { namespace, follower } = await scene({ source: { kind: 'kubeconfig', path: kubeconfig } });
        await way.drop();
        const droppedAt = performance.now();
        await change(namespace, 'lost');
        await eventually('the end of the watch', 60 * SECOND, () =>
          (follower.reflector.status.reconnects.transport ?? 0) > 0 ? true : undefined,
        );
        expect(performance.now() - droppedAt).toBeLessThan(35 * SECOND);
        await follower.complains('transport', 60 * SECOND);
        await way.fix();
        await follower.agrees();
        await follower.recovers();
        expect(follower.reflector.status.relists).toEqual({ start: 1 });
      } finally {
        await way.close();
      }
    },
    3 * TEST_MS,
  );
});

/** The administrator's, with another address for the same server; its certificate is for the name. */
async function writeKubeconfig(server: string): Promise<string> {
  const text = await readFile(plane.adminKubeconfigPath, 'utf8');
  const path = `${plane.adminKubeconfigPath}.half-open`;
  await writeFile(path, text.replace(plane.serverUrl, `${server}\n      tls-server-name: localhost`));
  return path;
}

describe('watch: some namespaces only', () => {
  test(
    'one that does not exist yet and one that is forbidden are reported and retried, the others work on',
    async () => {
      await forbid(admin);
      for (const name of ['tenant-open', 'tenant-closed']) await createNamespace(admin, name);
      await allowIn(admin, 'tenant-open');
      const tenants = await followNamespaces(throughRelay(), [
        'tenant-open',
        'tenant-later',
        'tenant-closed',
      ]);
      try {
        await tenants.watches.whenSynced;
        await tenants.deploy(admin, 'tenant-open', 'first');
        await tenants.sees('tenant-open/first');
        expect([...tenants.complaints].sort()).toEqual([
          'tenant-closed: forbidden',
          'tenant-later: forbidden',
        ]);

        await createNamespace(admin, 'tenant-later');
        await allowIn(admin, 'tenant-later');
        await tenants.deploy(admin, 'tenant-later', 'second');
        await tenants.sees('tenant-later/second');

        await tenants.deploy(admin, 'tenant-closed', 'third');
        await allowIn(admin, 'tenant-closed');
        await tenants.sees('tenant-closed/third');
        await tenants.deploy(admin, 'tenant-open', 'fourth');
        await tenants.sees('tenant-open/fourth');
      } finally {
        await tenants.stop();
        await allow(admin);
      }
    },
    TEST_MS,
  );
});
