import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { IncidentSpec } from '../../../src/domain/incident.ts';
import { ConflictError, NameTakenError } from '../../../src/domain/ports.ts';
import type { IncidentStore } from '../../../src/domain/ports.ts';
import { createKubeConnection } from '../../../src/kube/connection/connection.ts';
import { KubeApiError, KubeConnectionError } from '../../../src/kube/connection/errors.ts';
import type { KubeConnection } from '../../../src/kube/connection/types.ts';
import { KubeIncidentStore } from '../../../src/kube/incident-store/store.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

const spec: IncidentSpec = {
  trigger: 'automatic',
  target: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'checkout',
    uid: 'deployment-1',
  },
  key: '0123456789abcdef',
  class: 'crash',
  reason: 'Error',
  openedAt: Date.UTC(2026, 10, 23, 3, 0, 0, 123),
  draft: {
    subject: 'checkout crashes',
    description: 'It exits with 3.',
    category: 'technical',
    severity: 'critical',
    environment: '{"version":"1"}',
  },
};
const checkout = { name: 'deployment-checkout-01234567-1', spec };

let sandbox: Sandbox;
let connection: KubeConnection;
let store: IncidentStore;

beforeEach(async () => {
  sandbox = await createSandbox();
  connection = await createKubeConnection(
    { kind: 'explicit', server: sandbox.url },
    { clock: systemClock, version: '0.0.0' },
  );
  store = new KubeIncidentStore({ connection, namespace: 'default', clock: systemClock });
});

afterEach(async () => {
  connection.close();
  await sandbox.close();
});

function stored(): Record<string, unknown> {
  return { ...sandbox.objects.get({ kind: 'Incident', namespace: 'default', name: checkout.name }) };
}

describe('create', () => {
  test('keeps every field, begins as Pending, and labels the object for people', async () => {
    const { created, incident } = await store.create(checkout);
    expect(created).toBe(true);
    expect(incident.spec).toEqual(spec);
    expect(incident.status).toEqual({ phase: 'Pending' });
    expect(await store.get(checkout.name)).toEqual(incident);
    expect(stored()).toMatchObject({
      metadata: {
        labels: {
          'app.kubernetes.io/managed-by': 'ankra-support-agent',
          'support.ankra.app/key': spec.key,
          'support.ankra.app/class': 'crash',
          'support.ankra.app/trigger': 'automatic',
          'support.ankra.app/owner-kind': 'Deployment',
          'support.ankra.app/owner-name': 'checkout',
          'support.ankra.app/target-namespace': 'shop',
        },
      },
      spec: { openedAt: '2026-11-23T03:00:00.123Z' },
    });
  });

  test('gives the one that has the name when it is taken', async () => {
    const first = await store.create(checkout);
    const second = await store.create({ ...checkout, spec: { ...spec, reason: 'OOMKilled' } });
    expect(second).toEqual({ created: false, incident: first.incident });
  });

  test('finds its own object when the answer of the first call was lost', async () => {
    sandbox.failNext({ method: 'POST', path: '/incidents' }, { cut: 'after' });
    await expect(store.create(checkout)).rejects.toThrow(KubeConnectionError);
    const repeat = await store.create(checkout);
    expect(repeat.created).toBe(false);
    expect(repeat.incident.spec).toEqual(spec);
  });

  test('says so when the name belongs to an Incident that cannot be read', async () => {
    await store.create(checkout);
    sandbox.objects.update({ kind: 'Incident', namespace: 'default', name: checkout.name }, (object) => {
      object['status'] = { phase: 7 };
    });
    await expect(store.create(checkout)).rejects.toThrow(NameTakenError);
  });

  test('labels the object with its cluster, so that those of another one can be listed', async () => {
    await store.create({ ...checkout, spec: { ...spec, cluster: 'c-1' } });
    expect(stored()).toMatchObject({
      metadata: { labels: { 'support.ankra.app/cluster': 'c-1' } },
      spec: { cluster: 'c-1' },
    });
  });

  test('passes on what the API server refuses', async () => {
    sandbox.failNext({ method: 'POST', path: '/incidents' }, 403);
    await expect(store.create(checkout)).rejects.toThrow(KubeApiError);
  });
});

describe('patchStatus', () => {
  test('merges, removes what is undefined, and returns the new version', async () => {
    const { incident } = await store.create(checkout);
    const at = Date.UTC(2026, 10, 23, 4, 0, 0, 5);
    const tried = await store.patchStatus(incident, {
      attempts: 1,
      lastError: '503',
      lastSeenAt: at,
      affected: { count: 3, names: ['a', 'b'] },
      comment: { kind: 'worse', marker: 'm', at, text: 'worse' },
    });
    expect(tried.status.comment).toEqual({ kind: 'worse', marker: 'm', at, text: 'worse' });
    const filed = await store.patchStatus(tried, {
      phase: 'Filed',
      ticketId: 't-1',
      filedAt: at,
      lastError: undefined,
      comment: undefined,
    });
    expect(filed.resourceVersion).not.toBe(incident.resourceVersion);
    expect(filed.status).toEqual({
      phase: 'Filed',
      ticketId: 't-1',
      filedAt: at,
      attempts: 1,
      lastSeenAt: at,
      affected: { count: 3, names: ['a', 'b'] },
    });
    expect(stored()).toMatchObject({ status: { filedAt: '2026-11-23T04:00:00.005Z' } });
  });

  test('refuses to overwrite a change it has not seen', async () => {
    const { incident } = await store.create(checkout);
    await store.patchStatus(incident, { attempts: 1 });
    await expect(store.patchStatus(incident, { attempts: 2 })).rejects.toThrow(ConflictError);
    expect((await store.get(checkout.name))?.status.attempts).toBe(1);
  });

  test('says conflict for an incident that was deleted, or deleted and made again', async () => {
    const { incident } = await store.create(checkout);
    await store.delete(incident);
    await expect(store.patchStatus(incident, { attempts: 1 })).rejects.toThrow(ConflictError);
    await store.create(checkout);
    await expect(store.patchStatus(incident, { attempts: 1 })).rejects.toThrow(ConflictError);
  });

  test('writes conditions when the phase changes, and leaves them alone otherwise', async () => {
    const { incident } = await store.create(checkout);
    const rejected = await store.patchStatus(incident, { phase: 'Rejected', lastError: 'subject too long' });
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'Rejected', observedGeneration: 1 },
      {
        type: 'Stalled',
        status: 'True',
        reason: 'Rejected',
        message: 'The ticket API refused the ticket. (subject too long)',
      },
    ];
    expect(stored()).toMatchObject({ status: { conditions } });
    await store.patchStatus(rejected, { occurrences: 4 });
    expect(stored()).toMatchObject({ status: { conditions, occurrences: 4 } });
  });
});

// Argo CD 2270: a controller that wrote back what it had read dropped the fields of a later release.
test('an Incident of a later release keeps through a whole life what this one does not know', async () => {
  const { incident: made } = await store.create(checkout);
  const later = {
    phase: 'Parked',
    parkedUntil: 'Monday',
    affected: { count: 1, names: ['a'], zones: ['eu-1'] },
    conditions: [{ type: 'Acknowledged', status: 'True' }],
  };
  sandbox.objects.update({ kind: 'Incident', namespace: 'default', name: checkout.name }, (object) => {
    object['status'] = later;
  });
  const read = await store.get(made.name);
  if (read === undefined) throw new Error('it is gone');
  expect(read.status.phase).toBe('Pending');
  const at = Date.UTC(2026, 10, 23, 4);
  const filed = await store.patchStatus(read, { phase: 'Filed', ticketId: 't-1', filedAt: at });
  expect(filed.status.phase).toBe('Filed');
  const grown = await store.patchStatus(filed, { affected: { count: 3, names: ['a', 'b'] } });
  const over = await store.patchStatus(grown, { phase: 'Recovered', recoveredAt: at });
  expect(over.status.phase).toBe('Recovered');
  expect(stored()).toMatchObject({
    status: {
      ...later,
      ticketId: 't-1',
      affected: { count: 3, names: ['a', 'b'], zones: ['eu-1'] },
      conditions: [{ type: 'Acknowledged', status: 'True' }],
    },
  });
  const rejected = await store.patchStatus(over, { phase: 'Rejected' });
  expect(rejected.kept).toEqual({ conditions: later.conditions });
  expect(stored()).toMatchObject({ status: { phase: 'Rejected', parkedUntil: 'Monday' } });
});

describe('delete', () => {
  test('is no error when the incident is gone', async () => {
    const { incident } = await store.create(checkout);
    await store.delete(incident);
    await store.delete(incident);
    expect(await store.get(checkout.name)).toBeUndefined();
  });

  test('spares a later incident of the same name', async () => {
    const { incident } = await store.create(checkout);
    await store.delete(incident);
    await store.create(checkout);
    await store.delete(incident);
    expect(await store.get(checkout.name)).toBeDefined();
  });
});

test('an aborted call rejects with the reason', async () => {
  await expect(store.get(checkout.name, AbortSignal.abort(new Error('stopping')))).rejects.toThrow(
    'stopping',
  );
});
