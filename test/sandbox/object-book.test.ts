import { expect, test } from '@jest/globals';
import { toTime, type Fields } from '../../src/sandbox/api-types.ts';
import { anEvent } from '../../src/sandbox/event-objects.ts';
import { aDeployment, aPod, ownedBy } from '../../src/sandbox/objects.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openSandbox } from './fixtures.ts';

const deployment = aDeployment({ name: 'web', namespace: 'shop', replicas: 2 });
const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' };

test('gives identity and time to what it is given, and keeps them', async () => {
  const clock = createFakeClock();
  const { sandbox } = await openSandbox({ clock });
  const made = sandbox.objects.apply(deployment);
  expect(made.metadata).toMatchObject({ generation: 1, creationTimestamp: toTime(clock.now()) });
  await clock.advance(60_000);
  const { uid, creationTimestamp } = made.metadata;
  const again = sandbox.objects.apply({ ...deployment, status: { replicas: 2 } });
  expect(again.metadata).toMatchObject({ uid, creationTimestamp, generation: 1 });
  expect(again['status']).toEqual({ replicas: 2 });
});

test('counts a generation for what is outside metadata and status', async () => {
  const { sandbox } = await openSandbox();
  sandbox.objects.apply(deployment);
  const scaled = sandbox.objects.update(ref, (object) => {
    object['spec'] = { ...(object['spec'] as Fields), replicas: 3 };
  });
  expect(scaled.metadata.generation).toBe(2);
});

test('does not write what is there already', async () => {
  const { sandbox } = await openSandbox();
  const made = sandbox.objects.apply(deployment);
  expect(sandbox.objects.apply(deployment).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
});

test('hands out copies', async () => {
  const { sandbox } = await openSandbox();
  sandbox.objects.apply(deployment).metadata.labels = { changed: 'outside' };
  expect(sandbox.objects.get(ref)?.metadata.labels).toEqual({ app: 'web' });
});

test('lists by namespace and label, in order', async () => {
  const { sandbox } = await openSandbox();
  for (const [name, namespace] of [
    ['b', 'shop'],
    ['a', 'shop'],
    ['a', 'other'],
  ] as const)
    sandbox.objects.apply(aPod({ name, namespace, labels: { app: name } }));
  const listed = sandbox.objects.list({ kind: 'Pod', namespace: 'shop', labelSelector: 'app in (a,b)' });
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
});

test('says what is missing', async () => {
  const { sandbox } = await openSandbox();
  expect(sandbox.objects.get(ref)).toBeUndefined();
  expect(sandbox.objects.delete(ref)).toBeUndefined();
  expect(() => sandbox.objects.update(ref, () => undefined)).toThrow('no Deployment shop/web');
  expect(() => sandbox.objects.get({ kind: 'Secret', name: 'x' })).toThrow('does not serve');
  expect(() => ownedBy(deployment)).toThrow('has no uid');
});

test('shows an Event of either API to readers of both', async () => {
  const { sandbox, client } = await openSandbox();
  const regarding = sandbox.objects.apply(aPod({ name: 'web' }));
  const said = {
    name: 'web.1',
    regarding,
    reason: 'BackOff',
    message: 'again',
    firstAt: 0,
    lastAt: 60_000,
    count: 2,
  };
  sandbox.objects.apply(anEvent({ ...said, type: 'Warning' }));
  const answer = await client.request('GET', '/apis/events.k8s.io/v1/events?fieldSelector=type%3DWarning');
  expect(answer.body['items']).toMatchObject([
    {
      regarding: { kind: 'Pod', name: 'web', uid: regarding.metadata.uid },
      note: 'again',
      deprecatedCount: 2,
      deprecatedLastTimestamp: '1970-01-01T00:01:00Z',
    },
  ]);
});
