import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createParser } from '../../../src/kube/reflector/json-scan.ts';
import { closeWorlds, createWorld, projectPod } from './support/world.ts';

afterEach(closeWorlds);

function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"managedFields":[', '\\"managedFields\\":[', ']},"spec":{', '[[{', '\\', '\\"', '日本 🚀'),
);

const parseWithoutManagedFields = createParser(['managedFields']).object;

describe('managedFields', () => {
  test('are left out, wherever they stand; all the rest is what JSON.parse sees', () => {
    const entries = fc.array(
      fc.dictionary(nasty, fc.oneof(nasty, fc.array(nasty)), { noNullPrototype: true }),
    );
    const others = fc.dictionary(fc.constantFrom('name', 'labels', 'note'), nasty, { noNullPrototype: true });
    fc.assert(
      fc.property(others, entries, others, (before, managedFields, after) => {
        const object = (fields: unknown): unknown => ({
          metadata: { ...before, managedFields: fields, finalizers: [after] },
          spec: { containers: [before] },
        });
        expect(parseWithoutManagedFields(bytes(object(managedFields)))).toEqual(object([]));
      }),
    );
  });

  test('are not seen inside strings, nor where there are none', () => {
    const object = { note: 'a "managedFields":[ that never closes', metadata: { name: 'web' } };
    expect(parseWithoutManagedFields(bytes(object))).toEqual(object);
  });

  test('and other arrays are left out in whatever order they come, but only where they belong to a section', () => {
    const withoutBulk = createParser(['containers', 'managedFields', 'volumes']);
    const bulk = [{ image: 'web', volumes: [{ name: 'inner', note: ']},"volumes":[' }] }];
    const volumes = [{ name: 'data' }];
    const pod = (containers: unknown, others: unknown): unknown => ({
      containers: bulk,
      metadata: { name: 'web', managedFields: containers, ownerReferences: bulk },
      spec: { initContainers: bulk, containers, volumes: others, template: { containers: bulk } },
      status: { volumes: others, containers, containerStatuses: bulk },
    });
    expect(withoutBulk.object(bytes(pod(bulk, volumes)))).toEqual(pod([], []));
    const event = (object: unknown): unknown => ({ type: 'MODIFIED', object });
    expect(withoutBulk.event(bytes(event(pod(bulk, volumes))))).toEqual(event(pod([], [])));
  });

  test('are read where an element has what somebody reads', () => {
    const { object } = createParser([{ array: 'volumes', unless: 'persistentVolumeClaim' }]);
    const withClaim = { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'db' } }] } };
    expect(object(bytes(withClaim))).toEqual(withClaim);
    expect(object(bytes({ spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } }))).toEqual({
      spec: { volumes: [] },
    });
  });

  test('behind a hundred others are read: nothing keeps count of so many', () => {
    const others = Array.from({ length: 100 }, (_, at) => [`list${at}`, [{ at: [at] }]]);
    const object = { spec: { ...Object.fromEntries(others), managedFields: [1] } };
    expect(parseWithoutManagedFields(bytes(object))).toEqual(object);
  });

  test('that never close are no JSON', () => {
    expect(parseWithoutManagedFields(Buffer.from('{"metadata":{"managedFields":[{"a":"]"}'))).toBeUndefined();
  });

  test('are kept for those who read them', () => {
    const object = { metadata: { managedFields: [{ manager: 'kubelet' }] } };
    expect(createParser([]).object(bytes(object))).toEqual(object);
  });

  test.each([
    [true, [{ manager: 'kubelet' }]],
    [false, []],
  ])(
    'reach the projection only when the resource says so (%p), from lists and watches',
    async (managedFields, seen) => {
      const read: unknown[] = [];
      const world = await createWorld({
        resource: { path: '/api/v1/pods', kind: 'Pod', managedFields },
        project: (object) => {
          read.push((object as { metadata: { managedFields: unknown } }).metadata.managedFields);
          return projectPod(object);
        },
      });
      const withFields = (name: string, version: number): unknown => ({
        kind: 'Pod',
        metadata: {
          name,
          uid: name,
          resourceVersion: String(version),
          managedFields: [{ manager: 'kubelet' }],
        },
      });
      const stream = await world.sync([withFields('a', 1)]);
      stream.event('ADDED', withFields('b', 150));
      await world.until(() => world.reflector.store.size === 2);
      expect(read).toEqual([seen, seen]);
    },
  );
});
