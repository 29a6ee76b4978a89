import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { textAt, toMicroTime, type Fields } from '../../src/sandbox/api-types.ts';
import { logText, type ContractCluster, type LogPods } from './contract-cluster.ts';
import { createClient, type Answer, type Client, type WatchEvent } from './kubernetes-client.ts';

/** What a cluster cannot do; its tests are then skipped, and say so. */
export interface ContractLimits {
  /** No access to etcd, so nothing can be compacted. */
  readonly cannotCompact?: boolean;
  /** Its custom resource is always that of this release. */
  readonly hasNoLaterRelease?: boolean;
  /** A control plane alone: no pod ever runs. */
  readonly hasNoKubelet?: boolean;
}

// A real API server sends a bookmark 2 s before a watch's time is over, and waits 3 s for a version that it has not seen.
const slow = 30_000;
// A first pod may have to wait for its node, and a crash loop for its second run.
const verySlow = 180_000;

const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const merge = 'application/merge-patch+json';

interface Item extends Fields {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
  };
}

function items(answer: Answer): readonly Item[] {
  return answer.body['items'] as readonly Item[];
}

function names(answer: Answer): string[] {
  return items(answer).map((item) => item.metadata.name);
}

function itemOf(source: Answer | WatchEvent): Item {
  return ('object' in source ? source.object : source.body) as Item;
}

function query(parameters: Record<string, string | number>): string {
  const pairs = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(pairs).toString();
}

/**
 * Nothing where the server has this feature switched off, as those of 1.29 to 1.31 and 1.33 by default (`WatchList` in pkg/features of
 * k8s.io/apiserver 0.36.3). The agent asks for no list in a watch. Throws any other error.
 */
function orWatchListIsOff(error: unknown): undefined {
  if (!/422.*unless the WatchList feature gate is enabled/s.test(String(error))) throw error;
}

/** A Status object of the given code and reason: what every error is. */
function failure(code: number, reason: string): object {
  const message = expect.any(String);
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code },
  };
}

/**
 * What the agent asks of a Kubernetes API, as tests. They run against the sandbox and against a real API server:
 * whatever passes on both may be relied on, and the sandbox is no guess.
 */
export function describeKubernetesContract(
  name: string,
  connect: () => Promise<ContractCluster>,
  limits: ContractLimits = {},
): void {
  describe(`Kubernetes API: ${name}`, () => {
    let cluster: ContractCluster;
    let client: Client;
    let leases = '';
    let incidents = '';
    let events = '';
    let newEvents = '';

    beforeAll(async () => {
      cluster = await connect();
      client = createClient(cluster);
      disconnect = async () => {
        client.close();
        await cluster.cleanup();
      };
      const { namespace } = cluster;
      leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
      incidents = `/apis/support.ankra.app/v1alpha1/namespaces/${namespace}/incidents`;
      events = `/api/v1/namespaces/${namespace}/events`;
      newEvents = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    }, verySlow);

    let disconnect = async (): Promise<void> => undefined;

    afterAll(() => disconnect(), verySlow);

    function aLease(
      leaseName: string,
      more: { labels?: Record<string, string>; spec?: Fields } = {},
    ): Fields {
      const { labels = {}, spec = { holderIdentity: 'a', leaseDurationSeconds: 30 } } = more;
      return {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: leaseName, labels },
        spec,
      };
    }

    async function create(collection: string, body: Fields): Promise<Item> {
      const answer = await client.request('POST', collection, { body });
      expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 201 });
      return itemOf(answer);
    }

    async function createLeases(group: string, count: number): Promise<Item[]> {
      const made: Item[] = [];
      for (let number = 1; number <= count; number += 1)
        made.push(await create(leases, aLease(`${group}-${number}`, { labels: { group } })));
      return made;
    }

    async function listVersion(collection: string): Promise<string> {
      const answer = await client.request('GET', `${collection}?limit=1`);
      return String(answer.at('metadata.resourceVersion'));
    }

    function patch(path: string, body: Fields): Promise<Answer> {
      return client.request('PATCH', path, { body, contentType: merge });
    }

    describe('lists', () => {
      test('come in pages that all show one version', async () => {
        await createLeases('paged', 5);
        const first = await client.request(
          'GET',
          `${leases}?${query({ limit: 2, labelSelector: 'group=paged' })}`,
        );
        expect(names(first)).toEqual(['paged-1', 'paged-2']);
        // What happens between two pages is not seen by this list.
        await create(leases, aLease('paged-31', { labels: { group: 'paged' } }));
        await client.request('DELETE', `${leases}/paged-4`);
        const seen: string[] = names(first);
        let token = String(first.at('metadata.continue'));
        while (token !== '') {
          const options = { limit: 2, labelSelector: 'group=paged', continue: token };
          const page = await client.request('GET', `${leases}?${query(options)}`);
          expect(page.at('metadata.resourceVersion')).toBe(first.at('metadata.resourceVersion'));
          seen.push(...names(page));
          token = textAt(page.body, 'metadata.continue');
        }
        expect(seen).toEqual(['paged-1', 'paged-2', 'paged-3', 'paged-4', 'paged-5']);
      });

      test('say how many are left, unless a selector is used', async () => {
        await createLeases('counted', 3);
        const all = await client.request('GET', `${leases}?limit=1`);
        expect(all.at('metadata.remainingItemCount')).toEqual(expect.any(Number));
        const chosen = await client.request(
          'GET',
          `${leases}?${query({ limit: 1, labelSelector: 'group=counted' })}`,
        );
        expect(chosen.at('metadata.continue')).toEqual(expect.any(String));
        expect(chosen.at('metadata.remainingItemCount')).toBeUndefined();
      });

      test('ignore the limit when any version will do', async () => {
        await createLeases('any', 3);
        const options = { limit: 1, resourceVersion: 0, labelSelector: 'group=any' };
        const answer = await client.request('GET', `${leases}?${query(options)}`);
        expect(names(answer)).toHaveLength(3);
      });

      test('name the kind once for built-in kinds and on each item for custom ones', async () => {
        await createLeases('kinds', 1);
        await create(incidents, anIncident('kinds'));
        const builtIn = await client.request('GET', `${leases}?limit=1`);
        expect(builtIn.body).toMatchObject({ kind: 'LeaseList', apiVersion: 'coordination.k8s.io/v1' });
        expect(items(builtIn)[0]?.kind).toBeUndefined();
        const custom = await client.request('GET', `${incidents}?limit=1`);
        expect(custom.body).toMatchObject({ kind: 'IncidentList', apiVersion: 'support.ankra.app/v1alpha1' });
        expect(items(custom)[0]?.kind).toBe('Incident');
      });

      test('can be of metadata only', async () => {
        await createLeases('bare', 1);
        const path = `${leases}?${query({ labelSelector: 'group=bare' })}`;
        const answer = await client.request('GET', path, { accept: metadataList });
        expect(answer.body).toMatchObject({
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
        });
        expect(answer.at('metadata.resourceVersion')).toEqual(expect.any(String));
        expect(items(answer)[0]).toMatchObject({ metadata: { name: 'bare-1', labels: { group: 'bare' } } });
        expect(items(answer)[0]?.['spec']).toBeUndefined();
      });

      test('accept a request to drop managed fields, known to the server or not', async () => {
        const accept = 'application/json;drop=metadata.managedFields,application/json';
        const answer = await client.request('GET', `${leases}?limit=1`, { accept });
        expect(answer.status).toBe(200);
        expect(answer.at('kind')).toBe('LeaseList');
      });

      test.each([
        ['group in (wide,other)', ['wide-1', 'wide-2']],
        ['group notin (wide),group', []],
        ['group=wide,!absent', ['wide-1', 'wide-2']],
        ['group==wide,group!=other', ['wide-1', 'wide-2']],
        ['group=wide,absent', []],
      ])('select by label: %s', async (labelSelector, expected) => {
        for (const number of [1, 2]) {
          const body = aLease(`wide-${number}`, { labels: { group: 'wide' } });
          await client.request('POST', leases, { body });
        }
        const answer = await client.request('GET', `${leases}?${query({ labelSelector })}`);
        expect(names(answer).filter((found) => found.startsWith('wide'))).toEqual(expected);
      });

      test('select by name', async () => {
        await createLeases('named', 2);
        const answer = await client.request(
          'GET',
          `${leases}?${query({ fieldSelector: 'metadata.name=named-2' })}`,
        );
        expect(names(answer)).toEqual(['named-2']);
      });

      test('refuse selectors on other fields, and versions beside a token', async () => {
        const field = await client.request(
          'GET',
          `${leases}?${query({ fieldSelector: 'spec.holderIdentity=a' })}`,
        );
        expect(field).toMatchObject(failure(400, 'BadRequest'));
        expect(field.text).toContain('spec.holderIdentity');
        await createLeases('tokens', 2);
        const first = await client.request('GET', `${leases}?limit=1`);
        const token = String(first.at('metadata.continue'));
        const both = await client.request(
          'GET',
          `${leases}?${query({ continue: token, resourceVersion: 5 })}`,
        );
        expect(both).toMatchObject(failure(400, 'BadRequest'));
        const broken = await client.request('GET', `${leases}?${query({ limit: 1, continue: 'broken' })}`);
        expect(broken).toMatchObject(failure(400, 'BadRequest'));
        const rule = await client.request('GET', `${leases}?${query({ resourceVersionMatch: 'Exact' })}`);
        expect(rule).toMatchObject(failure(422, 'Invalid'));
      });

      test(
        'answer 504 with a cause for a version that does not exist yet',
        async () => {
          const answer = await client.request(
            'GET',
            `${leases}?${query({ resourceVersion: '900000000000' })}`,
          );
          expect(answer).toMatchObject(failure(504, 'Timeout'));
          expect(answer.at('details.causes')).toMatchObject([{ reason: 'ResourceVersionTooLarge' }]);
          expect(answer.at('details.retryAfterSeconds')).toBe(1);
        },
        slow,
      );
    });

    describe('watches', () => {
      test('show what happens after a list, each change with its version', async () => {
        const version = await listVersion(leases);
        const watch = await client.watch(`${leases}?${query({ watch: 1, resourceVersion: version })}`);
        const made = await create(leases, aLease('seen'));
        const changed = await patch(`${leases}/seen`, { spec: { holderIdentity: 'b' } });
        await client.request('DELETE', `${leases}/seen`);
        const [added, modified, deleted] = [await watch.next(), await watch.next(), await watch.next()];
        expect(added).toMatchObject({ type: 'ADDED', object: { kind: 'Lease', metadata: made.metadata } });
        expect(modified).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: 'seen' } } });
        expect(itemOf(modified).metadata.resourceVersion).toBe(itemOf(changed).metadata.resourceVersion);
        expect(deleted).toMatchObject({ type: 'DELETED', object: { spec: { holderIdentity: 'b' } } });
        const deletedIn = BigInt(itemOf(deleted).metadata.resourceVersion);
        expect(deletedIn).toBeGreaterThan(BigInt(itemOf(changed).metadata.resourceVersion));
        watch.close();
      });

      test('resume after the version that they are given', async () => {
        const [first] = await createLeases('resumed', 3);
        const resourceVersion = String(first?.metadata.resourceVersion);
        const watch = await client.watch(
          `${leases}?${query({ watch: 1, resourceVersion, labelSelector: 'group=resumed' })}`,
        );
        const missed = [await watch.next(), await watch.next()];
        expect(missed.map((event) => [event.type, itemOf(event).metadata.name])).toEqual([
          ['ADDED', 'resumed-2'],
          ['ADDED', 'resumed-3'],
        ]);
        watch.close();
      });

      test('begin with everything when no version is named', async () => {
        await createLeases('initial', 2);
        const watch = await client.watch(`${leases}?${query({ watch: 1, labelSelector: 'group=initial' })}`);
        const found = [itemOf(await watch.next()), itemOf(await watch.next())];
        expect(found.map((item) => item.metadata.name).sort()).toEqual(['initial-1', 'initial-2']);
        watch.close();
      });

      test('report an object that leaves the selection as deleted, and one that enters as added', async () => {
        const version = await listVersion(leases);
        const options = { watch: 1, resourceVersion: version, labelSelector: 'state=in' };
        const watch = await client.watch(`${leases}?${query(options)}`);
        await create(leases, aLease('moving', { labels: { state: 'in' } }));
        const out = await patch(`${leases}/moving`, { metadata: { labels: { state: 'out' } } });
        await patch(`${leases}/moving`, { metadata: { labels: { state: 'in' } } });
        expect((await watch.next()).type).toBe('ADDED');
        const left = await watch.next();
        expect(left).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { state: 'in' } } } });
        expect(itemOf(left).metadata.resourceVersion).toBe(itemOf(out).metadata.resourceVersion);
        expect((await watch.next()).type).toBe('ADDED');
        watch.close();
      });

      test(
        'send a bookmark with nothing but a version, and end in time',
        async () => {
          const version = await listVersion(incidents);
          const options = {
            watch: 1,
            resourceVersion: version,
            allowWatchBookmarks: 'true',
            // The only bookmark comes two seconds before the end: until then the object has to be there.
            timeoutSeconds: 8,
          };
          const watch = await client.watch(`${incidents}?${query(options)}`);
          const made = await create(incidents, anIncident('bookmarked'));
          const bookmark = await watch.next((event) => event.type === 'BOOKMARK');
          expect(bookmark.object).toMatchObject({
            kind: 'Incident',
            apiVersion: 'support.ankra.app/v1alpha1',
          });
          expect(itemOf(bookmark).metadata.name).toBeFalsy();
          const reached = BigInt(itemOf(bookmark).metadata.resourceVersion);
          expect(reached).toBeGreaterThanOrEqual(BigInt(made.metadata.resourceVersion));
          await watch.ended();
        },
        slow,
      );

      test(
        'can list and watch in one stream, with a mark at the end of the list',
        async () => {
          await create(incidents, anIncident('streamed'));
          const options = {
            watch: 1,
            sendInitialEvents: 'true',
            resourceVersionMatch: 'NotOlderThan',
            allowWatchBookmarks: 'true',
            timeoutSeconds: 5,
          };
          const watch = await client
            .watch(`${incidents}?${query(options)}`)
            .catch((error: unknown) => orWatchListIsOff(error));
          if (watch === undefined) return;
          const initial = await watch.next((event) => itemOf(event).metadata.name === 'streamed');
          expect(initial.type).toBe('ADDED');
          const mark = await watch.next((event) => event.type === 'BOOKMARK');
          expect(mark.object).toMatchObject({
            metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
          });
          watch.close();
          const options2 = { watch: 1, sendInitialEvents: 'true' };
          const refused = await client.request('GET', `${incidents}?${query(options2)}`);
          expect(refused).toMatchObject(failure(422, 'Invalid'));
        },
        slow,
      );

      test('can be of metadata only', async () => {
        const version = await listVersion(leases);
        const options = { watch: 1, resourceVersion: version };
        const watch = await client.watch(`${leases}?${query(options)}`, { accept: metadataOnly });
        await create(leases, aLease('outline'));
        const event = await watch.next();
        expect(event.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'outline' } });
        expect(event.object['spec']).toBeUndefined();
        watch.close();
      });
    });

    (limits.cannotCompact === true ? describe.skip : describe)('after a compaction', () => {
      // Events are the one kind that API servers keep out of their watch cache: what etcd forgets is gone at once.
      async function compactAfter(change: () => Promise<unknown>): Promise<void> {
        await change();
        await cluster.compact();
      }

      test('a watch from before gets 410 as an ERROR event in an answer of 200, and ends', async () => {
        const version = await listVersion(events);
        await compactAfter(async () => {
          await create(events, anEvent('compacted-1'));
          await create(events, anEvent('compacted-2'));
        });
        const watch = await client.watch(`${events}?${query({ watch: 1, resourceVersion: version })}`);
        const event = await watch.next();
        expect(event).toMatchObject({
          type: 'ERROR',
          object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
        });
        await watch.ended();
      });

      test('a list from before gets 410, and a token that goes on in the present', async () => {
        for (const number of [1, 2, 3]) await create(events, anEvent(`token-${number}`));
        const options = { limit: 1, fieldSelector: 'reason=Token' };
        const first = await client.request('GET', `${events}?${query(options)}`);
        expect(names(first)).toEqual(['token-1']);
        await compactAfter(() => client.request('DELETE', `${events}/token-2`));
        const token = String(first.at('metadata.continue'));
        const expired = await client.request('GET', `${events}?${query({ ...options, continue: token })}`);
        expect(expired).toMatchObject(failure(410, 'Expired'));
        const inconsistent = String(expired.at('metadata.continue'));
        const rest = await client.request(
          'GET',
          `${events}?${query({ ...options, continue: inconsistent })}`,
        );
        expect(names(rest)).toEqual(['token-3']);
      });
    });

    describe('objects', () => {
      test('get uid, version and creation time, and are found again', async () => {
        const made = await create(leases, aLease('made'));
        expect(made.metadata).toMatchObject({ name: 'made', namespace: cluster.namespace });
        expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
        expect(made.metadata.resourceVersion).toMatch(/^[1-9]\d*$/);
        expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        const found = await client.request('GET', `${leases}/made`);
        expect(found.body).toEqual(made);
        const bare = await client.request('GET', `${leases}/made`, { accept: metadataOnly });
        expect(bare.body).toMatchObject({
          kind: 'PartialObjectMetadata',
          metadata: { uid: made.metadata.uid },
        });
      });

      test('cannot be created twice', async () => {
        await create(leases, aLease('taken'));
        const again = await client.request('POST', leases, { body: aLease('taken') });
        expect(again).toMatchObject(failure(409, 'AlreadyExists'));
        expect(again.body).toMatchObject({
          message: 'leases.coordination.k8s.io "taken" already exists',
          details: { name: 'taken', group: 'coordination.k8s.io', kind: 'leases' },
        });
      });

      test('can be named by the server', async () => {
        const body = { ...aLease(''), metadata: { generateName: 'made-up-' } };
        expect((await create(leases, body)).metadata.name).toMatch(/^made-up-[a-z0-9]{5}$/);
      });

      test('need a namespace that exists, a valid name, a known media type', async () => {
        const nowhere = leases.replace(cluster.namespace, 'no-such-namespace');
        const lost = await client.request('POST', nowhere, { body: aLease('lost') });
        expect(lost).toMatchObject(failure(404, 'NotFound'));
        expect(lost.at('message')).toBe('namespaces "no-such-namespace" not found');
        const misnamed = await client.request('POST', leases, { body: aLease('Not_A_Name') });
        expect(misnamed).toMatchObject(failure(422, 'Invalid'));
        expect(misnamed.at('details.causes')).toMatchObject([{ field: 'metadata.name' }]);
        const unnamed = await client.request('POST', leases, { body: { ...aLease(''), metadata: {} } });
        expect(unnamed).toMatchObject(failure(422, 'Invalid'));
        const foreign = await client.request('POST', leases, {
          body: aLease('text'),
          contentType: 'text/plain',
        });
        expect(foreign).toMatchObject(failure(415, 'UnsupportedMediaType'));
      });

      test('are not found by another name', async () => {
        const answer = await client.request('GET', `${leases}/nobody`);
        expect(answer).toMatchObject(failure(404, 'NotFound'));
        expect(answer.body).toMatchObject({
          message: 'leases.coordination.k8s.io "nobody" not found',
          details: { name: 'nobody', group: 'coordination.k8s.io', kind: 'leases' },
        });
        expect(await patch(`${leases}/nobody`, { spec: {} })).toMatchObject(failure(404, 'NotFound'));
        expect(await client.request('DELETE', `${leases}/nobody`)).toMatchObject(failure(404, 'NotFound'));
      });

      test('are replaced only in the version that was read', async () => {
        const made = await create(leases, aLease('replaced'));
        const body = { ...made, spec: { holderIdentity: 'b' } };
        const first = await client.request('PUT', `${leases}/replaced`, { body });
        expect(first.status).toBe(200);
        const second = await client.request('PUT', `${leases}/replaced`, { body });
        expect(second).toMatchObject(failure(409, 'Conflict'));
        expect(second.at('message')).toContain('the object has been modified');
      });

      test('do not change by a write that says what is there already', async () => {
        const made = await create(leases, aLease('same'));
        const again = await patch(`${leases}/same`, { spec: { holderIdentity: 'a' } });
        expect(itemOf(again).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      });

      test('are patched field by field, null removing; a version in the patch is a lock', async () => {
        const made = await create(leases, aLease('patched', { labels: { one: '1', two: '2' } }));
        const { resourceVersion } = made.metadata;
        const body = { metadata: { resourceVersion, labels: { one: null, three: '3' } } };
        const first = await patch(`${leases}/patched`, body);
        expect(first.at('metadata.labels')).toEqual({ two: '2', three: '3' });
        expect(await patch(`${leases}/patched`, body)).toMatchObject(failure(409, 'Conflict'));
      });

      test('are deleted only with the identity that was meant', async () => {
        const made = await create(leases, aLease('deleted'));
        const wrong = { body: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } } };
        expect(await client.request('DELETE', `${leases}/deleted`, wrong)).toMatchObject(
          failure(409, 'Conflict'),
        );
        const right = { body: { preconditions: { uid: made.metadata.uid } } };
        const answer = await client.request('DELETE', `${leases}/deleted`, right);
        expect(answer.body).toMatchObject({
          kind: 'Status',
          status: 'Success',
          details: { name: 'deleted', kind: 'leases', uid: made.metadata.uid },
        });
        expect(await client.request('GET', `${leases}/deleted`)).toMatchObject(failure(404, 'NotFound'));
      });
    });

    function anIncident(incidentName: string): Fields {
      return {
        apiVersion: 'support.ankra.app/v1alpha1',
        kind: 'Incident',
        metadata: { name: incidentName },
        spec: {
          trigger: 'automatic',
          target: {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            namespace: 'shop',
            name: 'checkout',
            uid: 'u1',
          },
          key: '0123456789abcdef',
          class: 'crash',
          reason: 'Error',
          openedAt: '2026-11-23T03:00:00Z',
          draft: {
            subject: 'checkout crashes',
            description: 'It does.',
            category: 'technical',
            severity: 'critical',
            environment: '{}',
          },
        },
      };
    }

    describe('Incidents', () => {
      test('are created without a status and have a generation', async () => {
        const made = await create(incidents, { ...anIncident('plain'), status: { phase: 'Filed' } });
        expect(made['status'] ?? {}).toEqual({});
        expect(made.metadata.generation).toBe(1);
        expect(await client.request('POST', incidents, { body: anIncident('plain') })).toMatchObject(
          failure(409, 'AlreadyExists'),
        );
      });

      test('take their status through the subresource alone, and nothing else there', async () => {
        const made = await create(incidents, anIncident('status'));
        const ignored = await patch(`${incidents}/status`, { status: { phase: 'Filed' } });
        expect(ignored.at('status.phase')).toBeUndefined();
        const body = {
          metadata: { labels: { x: 'y' } },
          spec: { reason: 'other' },
          status: { phase: 'Pending', attempts: 1 },
        };
        const answer = await patch(`${incidents}/status/status`, body);
        expect(answer.status).toBe(200);
        expect(answer.body).toMatchObject({ status: { phase: 'Pending', attempts: 1 }, spec: made['spec'] });
        expect(answer.at('metadata.labels')).toBeUndefined();
        expect(answer.at('metadata.generation')).toBe(1);
      });

      test('have a status that is locked by the version in a patch', async () => {
        const made = await create(incidents, anIncident('locked'));
        const { resourceVersion } = made.metadata;
        const path = `${incidents}/locked/status`;
        const first = await patch(path, { metadata: { resourceVersion }, status: { phase: 'Pending' } });
        expect(first.status).toBe(200);
        const stale = await patch(path, { metadata: { resourceVersion }, status: { phase: 'Filed' } });
        expect(stale).toMatchObject(failure(409, 'Conflict'));
        expect(stale.at('details')).toMatchObject({
          name: 'locked',
          group: 'support.ankra.app',
          kind: 'incidents',
        });
      });

      test('never change what they say; the draft may be removed, not changed', async () => {
        const made = await create(incidents, anIncident('fixed'));
        const path = `${incidents}/fixed`;
        for (const spec of [{ reason: 'OOMKilled' }, { draft: { subject: 'other' } }]) {
          const refused = await patch(path, { spec });
          expect(refused).toMatchObject(failure(422, 'Invalid'));
          expect(refused.at('details')).toMatchObject({ name: 'fixed', kind: 'Incident' });
          expect(refused.text).toContain('spec');
        }
        const removed = await patch(path, { spec: { draft: null } });
        expect(removed.status).toBe(200);
        expect(removed.at('spec.draft')).toBeUndefined();
        expect(removed.at('spec.reason')).toBe('Error');
        expect(removed.at('metadata.generation')).toBe(2);
        const restored = await patch(path, { spec: { draft: (made['spec'] as Fields)['draft'] } });
        expect(restored).toMatchObject(failure(422, 'Invalid'));
      });

      /** What a later release may write by the policy of docs/adr/0012: words and fields that this one does not know. */
      function aLaterIncident(incidentName: string): Fields & { readonly spec: Fields } {
        const incident = anIncident(incidentName) as Fields & { readonly spec: Fields };
        const { target, draft } = incident.spec as Record<string, Fields>;
        const later = {
          trigger: 'forecast',
          class: 'quota',
          tenant: 'a',
          cause: { kind: 'zone', key: 'k', incident: 'zone-1', zone: { name: 'eu-1' } },
          target: { ...target, generation: 4 },
          draft: { ...draft, category: 'network', language: 'de' },
        };
        return { ...incident, spec: { ...incident.spec, ...later } };
      }

      const laterStatus = {
        phase: 'Parked',
        class: 'quota',
        parkedUntil: '2026-11-24T03:00:00Z',
        acknowledgedBy: { team: 'shop' },
        affected: { count: 1, names: ['a'], zones: ['eu-1'] },
        comment: { kind: 'handedOver', marker: 'c', at: '2026-11-23T03:00:00Z', text: 't', shift: 2 },
      };

      test('take words and fields of a later release, and keep those that a patch does not name', async () => {
        const later = aLaterIncident('later');
        const made = await create(incidents, later);
        expect(made['spec']).toEqual(later.spec);
        const path = `${incidents}/later/status`;
        expect((await patch(path, { status: laterStatus })).at('status')).toEqual(laterStatus);
        const affected = { count: 3, names: ['a', 'b'] };
        const answer = await patch(path, { status: { ticketId: 't-1', affected, comment: null } });
        const { comment: _done, ...kept } = laterStatus;
        expect(answer.at('status')).toEqual({
          ...kept,
          ticketId: 't-1',
          affected: { ...affected, zones: ['eu-1'] },
        });
        expect(answer.at('spec')).toEqual(later.spec);
      });

      test('take no other cluster once they have one, and none later on', async () => {
        const { spec, ...incident } = anIncident('clustered') as Fields & { readonly spec: Fields };
        await create(incidents, { ...incident, spec: { ...spec, cluster: 'c-1' } });
        for (const cluster of ['c-2', null]) {
          const refused = await patch(`${incidents}/clustered`, { spec: { cluster } });
          expect(refused).toMatchObject(failure(422, 'Invalid'));
        }
        await create(incidents, anIncident('unclustered'));
        const added = await patch(`${incidents}/unclustered`, { spec: { cluster: 'c-1' } });
        expect(added).toMatchObject(failure(422, 'Invalid'));
      });

      (limits.hasNoLaterRelease === true ? describe.skip : describe)('under a later release of it', () => {
        let later = '';

        beforeAll(async () => {
          await cluster.serveLaterRelease?.();
          later = incidents.replace('v1alpha1', 'v1alpha2');
        }, slow);
        afterAll(() => cluster.serveThisRelease?.(), slow);

        test(
          'are read, patched and watched by the first version, whichever has written them, and lose nothing',
          async () => {
            const version = await listVersion(incidents);
            const made = await create(later, {
              ...aLaterIncident('second'),
              apiVersion: 'support.ankra.app/v1alpha2',
            });
            await patch(`${later}/second/status`, { status: laterStatus });
            const answer = await patch(`${incidents}/second/status`, {
              status: { ticketId: 't-1', recoveredAt: '2026-11-23T04:00:00Z', attempts: 1 },
            });
            expect(answer.at('apiVersion')).toBe('support.ankra.app/v1alpha1');
            const found = await client.request('GET', `${later}/second`);
            expect(found.at('status')).toEqual({
              ...laterStatus,
              ticketId: 't-1',
              recoveredAt: '2026-11-23T04:00:00Z',
              attempts: 1,
            });
            expect(found.at('spec')).toEqual(made['spec']);
            const watch = await client.watch(`${incidents}?${query({ watch: 1, resourceVersion: version })}`);
            const event = await watch.next((seen) => itemOf(seen).metadata.name === 'second');
            expect(event.object).toMatchObject({
              apiVersion: 'support.ankra.app/v1alpha1',
              spec: { tenant: 'a' },
            });
            watch.close();
          },
          slow,
        );

        test(
          'go on when that release is taken back, with all that it has written',
          async () => {
            await create(later, { ...aLaterIncident('back'), apiVersion: 'support.ankra.app/v1alpha2' });
            await patch(`${later}/back/status`, { status: laterStatus });
            await cluster.serveThisRelease?.();
            expect((await client.request('GET', later)).status).toBe(404);
            const answer = await patch(`${incidents}/back/status`, { status: { attempts: 2 } });
            expect(answer.at('status')).toEqual({ ...laterStatus, attempts: 2 });
            expect(answer.at('spec')).toEqual(aLaterIncident('back').spec);
          },
          slow,
        );
      });

      test('know merge patches but no strategic ones', async () => {
        await create(incidents, anIncident('strategic'));
        const contentType = 'application/strategic-merge-patch+json';
        const answer = await client.request('PATCH', `${incidents}/strategic`, { body: {}, contentType });
        expect(answer).toMatchObject(failure(415, 'UnsupportedMediaType'));
      });
    });

    describe('Leases', () => {
      const at = Date.UTC(2026, 10, 23, 3, 0, 0);

      test('are taken over by whoever writes the version that was read', async () => {
        const spec = {
          holderIdentity: 'a',
          leaseDurationSeconds: 30,
          acquireTime: toMicroTime(at),
          renewTime: toMicroTime(at),
        };
        const made = await create(leases, aLease('leader', { spec: { ...spec, leaseTransitions: 0 } }));
        expect(made['spec']).toMatchObject({ renewTime: '2026-11-23T03:00:00.000000Z' });
        const take = (holderIdentity: string): Promise<Answer> =>
          client.request('PUT', `${leases}/leader`, { body: { ...made, spec: { ...spec, holderIdentity } } });
        const answers = await Promise.all([take('b'), take('c')]);
        expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 409]);
      });

      test('are renewed again and again without being read', async () => {
        let known = await create(leases, aLease('renewed'));
        for (const seconds of [1, 2, 3]) {
          const spec = { ...(known['spec'] as Fields), renewTime: toMicroTime(at + seconds * 1_000) };
          const answer = await client.request('PUT', `${leases}/renewed`, { body: { ...known, spec } });
          expect(answer.status).toBe(200);
          known = itemOf(answer);
        }
        expect(known['spec']).toMatchObject({ renewTime: '2026-11-23T03:00:03.000000Z' });
      });

      test.each(['2026-11-23T03:00:00Z', '2026-11-23T03:00:00.123Z', '2026-11-23T03:00:00.1234567Z', 'now'])(
        'refuse a renew time that has not six fraction digits: %s',
        async (renewTime) => {
          const refused = await client.request('POST', leases, {
            body: aLease('mistimed', { spec: { renewTime } }),
          });
          expect(refused).toMatchObject(failure(400, 'BadRequest'));
        },
      );

      test('refuse a duration of zero and a replacement without a version', async () => {
        const body = aLease('zero', { spec: { leaseDurationSeconds: 0 } });
        const zero = await client.request('POST', leases, { body });
        expect(zero).toMatchObject(failure(422, 'Invalid'));
        expect(zero.at('details.causes')).toMatchObject([{ field: 'spec.leaseDurationSeconds' }]);
        await create(leases, aLease('unversioned'));
        const put = await client.request('PUT', `${leases}/unversioned`, { body: aLease('unversioned') });
        expect(put).toMatchObject(failure(422, 'Invalid'));
        expect(put.at('details.causes')).toMatchObject([{ field: 'metadata.resourceVersion' }]);
      });

      test('come into being by a replacement, too', async () => {
        const answer = await client.request('PUT', `${leases}/upserted`, { body: aLease('upserted') });
        expect(answer.status).toBe(201);
      });

      test('that were deleted do not come back by a renewal that names their uid', async () => {
        const made = await create(leases, aLease('gone'));
        await client.request('DELETE', `${leases}/gone`);
        expect(await client.request('PUT', `${leases}/gone`, { body: made })).toMatchObject(
          failure(409, 'Conflict'),
        );
        expect(await client.request('GET', `${leases}/gone`)).toMatchObject(failure(404, 'NotFound'));
        const { uid: _uid, ...metadata } = made.metadata;
        const nameless = await client.request('PUT', `${leases}/gone`, { body: { ...made, metadata } });
        expect(nameless.status).toBe(201);
      });
    });

    function anEvent(eventName: string, more: Fields = {}): Fields {
      const time = '2026-11-23T03:00:00Z';
      const reason = `${eventName.charAt(0).toUpperCase()}${eventName.slice(1)}`.replace(/-.*/, '');
      return {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: cluster.namespace,
          name: `${eventName}-pod`,
          uid: `${eventName}-uid`,
        },
        type: 'Warning',
        reason,
        message: 'Back-off restarting failed container',
        source: { component: 'kubelet', host: 'node-1' },
        firstTimestamp: time,
        lastTimestamp: time,
        count: 4,
        ...more,
      };
    }

    describe('Events', () => {
      test('written to the core API are read from events.k8s.io under its names', async () => {
        const made = await create(events, anEvent('bothnames'));
        const answer = await client.request('GET', `${newEvents}/bothnames`);
        expect(answer.body).toMatchObject({
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion },
          regarding: { kind: 'Pod', name: 'bothnames-pod' },
          note: 'Back-off restarting failed container',
          type: 'Warning',
          deprecatedCount: 4,
          deprecatedSource: { component: 'kubelet' },
          deprecatedFirstTimestamp: '2026-11-23T03:00:00Z',
          deprecatedLastTimestamp: '2026-11-23T03:00:00Z',
          eventTime: null,
        });
        expect(answer.body['involvedObject']).toBeUndefined();
      });

      test('written to events.k8s.io are read from the core API under its names', async () => {
        const eventTime = '2026-11-23T03:00:00.123456Z';
        const body = {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { name: 'scheduled' },
          eventTime,
          reportingController: 'default-scheduler',
          reportingInstance: 'default-scheduler-0',
          action: 'Binding',
          reason: 'Scheduled',
          regarding: { kind: 'Pod', namespace: cluster.namespace, name: 'web' },
          note: 'assigned',
          type: 'Normal',
        };
        await create(newEvents, body);
        const answer = await client.request('GET', `${events}/scheduled`);
        expect(answer.body).toMatchObject({
          apiVersion: 'v1',
          involvedObject: { kind: 'Pod', name: 'web' },
          message: 'assigned',
          reportingComponent: 'default-scheduler',
          eventTime,
          firstTimestamp: null,
          lastTimestamp: null,
        });
        const { action: _action, ...incomplete } = body;
        const refused = await client.request('POST', newEvents, {
          body: { ...incomplete, metadata: { name: 'incomplete' } },
        });
        expect(refused).toMatchObject(failure(422, 'Invalid'));
        expect(refused.at('details.causes')).toMatchObject([{ field: 'action' }]);
      });

      test.each([
        'regarding.uid=chosen-uid',
        'regarding.kind=Pod,regarding.name=chosen-pod',
        'type=Warning,regarding.name=chosen-pod',
        'type!=Normal,reason=Chosen',
        'metadata.name=chosen',
      ])('of events.k8s.io are selected by %s', async (fieldSelector) => {
        await client.request('POST', events, { body: anEvent('chosen') });
        await client.request('POST', events, { body: anEvent('unchosen', { type: 'Normal' }) });
        expect(names(await client.request('GET', `${newEvents}?${query({ fieldSelector })}`))).toEqual([
          'chosen',
        ]);
      });

      test('of the core API are selected by involvedObject, and neither API knows the other’s names', async () => {
        await client.request('POST', events, { body: anEvent('chosen') });
        const fieldSelector =
          'involvedObject.uid=chosen-uid,involvedObject.kind=Pod,type=Warning,source=kubelet';
        expect(names(await client.request('GET', `${events}?${query({ fieldSelector })}`))).toEqual([
          'chosen',
        ]);
        const swapped = [
          `${events}?${query({ fieldSelector: 'regarding.uid=chosen-uid' })}`,
          `${newEvents}?${query({ fieldSelector: 'involvedObject.uid=chosen-uid' })}`,
        ];
        for (const path of swapped)
          expect(await client.request('GET', path)).toMatchObject(failure(400, 'BadRequest'));
      });

      test('are watched through either API, by selector, with changes of either', async () => {
        const version = await listVersion(newEvents);
        const options = { watch: 1, resourceVersion: version, fieldSelector: 'type=Warning' };
        const watch = await client.watch(`${newEvents}?${query(options)}`);
        await create(events, anEvent('watched'));
        await patch(`${events}/watched`, { count: 5 });
        const isWatched = (event: WatchEvent): boolean => itemOf(event).metadata.name === 'watched';
        expect(await watch.next(isWatched)).toMatchObject({ type: 'ADDED', object: { deprecatedCount: 4 } });
        expect(await watch.next(isWatched)).toMatchObject({
          type: 'MODIFIED',
          object: { apiVersion: 'events.k8s.io/v1', deprecatedCount: 5 },
        });
        watch.close();
      });

      test('must be in the namespace of their object', async () => {
        const involvedObject = { kind: 'Pod', namespace: 'default', name: 'elsewhere' };
        const refused = await client.request('POST', events, {
          body: anEvent('elsewhere', { involvedObject }),
        });
        expect(refused).toMatchObject(failure(422, 'Invalid'));
        expect(refused.at('details.causes')).toMatchObject([{ field: 'involvedObject.namespace' }]);
      });

      test('about cluster-scoped objects go into namespace default', async () => {
        const involvedObject = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'contract' };
        const metadata = { generateName: 'contract-node-' };
        const body = anEvent('node', { metadata, involvedObject });
        const made = await create('/api/v1/namespaces/default/events', body);
        await client.request('DELETE', `/api/v1/namespaces/default/events/${made.metadata.name}`);
        expect(await client.request('POST', events, { body })).toMatchObject(failure(422, 'Invalid'));
      });
    });

    describe('refusals', () => {
      test.each(['/apis/nobody.example/v1/things', '/apis/support.ankra.app/v1alpha1/things', '/nowhere'])(
        'nothing of Kubernetes is at %s, said in plain text',
        async (path) => {
          const answer = await client.request('GET', path);
          expect(answer).toMatchObject({ status: 404, text: '404 page not found\n' });
        },
      );

      test.each(['/api/v1/things', '/apis/apps/v9/deployments', '/apis/apps/v1/namespaces/default/things/x'])(
        'nothing is at %s, said in a Status',
        async (path) => {
          expect(await client.request('GET', path)).toMatchObject(failure(404, 'NotFound'));
        },
      );

      test('a method that the resource does not know gets 405', async () => {
        const named = await client.request('POST', `${leases}/some`, { body: aLease('some') });
        expect(named).toMatchObject(failure(405, 'MethodNotAllowed'));
        const everywhere = '/apis/coordination.k8s.io/v1/leases';
        expect(await client.request('POST', everywhere, { body: aLease('some') })).toMatchObject(
          failure(405, 'MethodNotAllowed'),
        );
      });

      test('an answer in no known form gets 406', async () => {
        expect(await client.request('GET', leases, { accept: 'text/html' })).toMatchObject(
          failure(406, 'NotAcceptable'),
        );
        expect(await client.request('GET', leases, { accept: metadataOnly })).toMatchObject(
          failure(406, 'NotAcceptable'),
        );
      });
    });

    describe('the server', () => {
      test('names its version, its health and its kinds', async () => {
        const version = await client.request('GET', '/version');
        expect(version.at('gitVersion')).toMatch(/^v1\.\d+\.\d+/);
        expect((await client.request('GET', '/readyz')).text).toBe('ok');
        const kinds = await client.request('GET', '/apis/support.ankra.app/v1alpha1');
        expect(kinds.at('kind')).toBe('APIResourceList');
        const listed = kinds.body['resources'] as readonly Fields[];
        expect(listed.map((resource) => textAt(resource, 'name')).sort()).toEqual([
          'incidents',
          'incidents/status',
        ]);
      });

      test('has a kube-system namespace whose uid names the cluster', async () => {
        const answer = await client.request('GET', '/api/v1/namespaces/kube-system');
        expect(answer.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Active' } });
        expect(itemOf(answer).metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      });
    });

    (limits.hasNoKubelet === true ? describe.skip : describe)('logs', () => {
      let pods: LogPods;

      beforeAll(async () => {
        pods = await cluster.startLogPods();
      }, verySlow);

      function log(pod: string, options: Record<string, string | number> = {}): Promise<Answer> {
        return client.request(
          'GET',
          `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/log?${query(options)}`,
        );
      }

      test('of the present run are plain text', async () => {
        const answer = await log(pods.running);
        expect(answer).toMatchObject({ status: 200, text: logText });
      });

      test('of the run before are there after a restart', async () => {
        const answer = await log(pods.crashed, { container: 'app', previous: 'true' });
        expect(answer).toMatchObject({ status: 200, text: logText });
      });

      test('can be cut to their last lines, and those to a number of bytes, which cuts their end', async () => {
        expect((await log(pods.running, { tailLines: 2 })).text).toBe('two\nthree ünïcode\n');
        expect((await log(pods.running, { tailLines: 2, limitBytes: 6 })).text).toBe('two\nth');
        expect((await log(pods.running, { tailLines: 0 })).text).toBe('');
      });

      test('of a run that never was are refused in words', async () => {
        const none = await log(pods.running, { container: 'app', previous: 'true' });
        expect(none).toMatchObject(failure(400, 'BadRequest'));
        expect(none.at('message')).toBe(
          `previous terminated container "app" in pod "${pods.running}" not found`,
        );
        const waiting = await log(pods.waiting, { container: 'app' });
        expect(waiting).toMatchObject(failure(400, 'BadRequest'));
        expect(waiting.at('message')).toContain(
          `container "app" in pod "${pods.waiting}" is waiting to start: `,
        );
      });

      test('need a container that is there, and sensible limits', async () => {
        const stranger = await log(pods.running, { container: 'stranger' });
        expect(stranger).toMatchObject(failure(400, 'BadRequest'));
        expect(stranger.at('message')).toBe(`container stranger is not valid for pod ${pods.running}`);
        expect(await log('nobody')).toMatchObject(failure(404, 'NotFound'));
        expect(await log(pods.running, { limitBytes: 0 })).toMatchObject(failure(422, 'Invalid'));
        expect(await log(pods.running, { tailLines: -1 })).toMatchObject(failure(422, 'Invalid'));
      });
    });

    describe('pods', () => {
      test('are selected by node and phase', async () => {
        const path = `/api/v1/namespaces/${cluster.namespace}/pods`;
        const container = { name: 'app', image: '127.0.0.1:1/nope:1' };
        const spec = { containers: [container], nodeSelector: { 'contract.example/never': 'true' } };
        const made = await create(path, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'nowhere' },
          spec,
        });
        expect(made['status']).toMatchObject({ phase: 'Pending' });
        const select = async (fieldSelector: string): Promise<string[]> =>
          names(await client.request('GET', `${path}?${query({ fieldSelector })}`));
        expect(await select('spec.nodeName=,status.phase=Pending')).toContain('nowhere');
        expect(await select('status.phase!=Pending')).not.toContain('nowhere');
        const status = {
          phase: 'Failed',
          reason: 'Evicted',
          message: 'The node was low on resource: memory.',
        };
        expect((await patch(`${path}/nowhere/status`, { status })).status).toBe(200);
        expect(await select('status.phase=Failed')).toContain('nowhere');
        await client.request('DELETE', `${path}/nowhere`);
      });
    });
  });
}
