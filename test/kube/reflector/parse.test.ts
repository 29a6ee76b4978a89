import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createParser, parseJson } from '../../../src/kube/reflector/parse.ts';
import { closeWorlds, createWorld, projectPod } from './support/world.ts';

afterEach(closeWorlds);

function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"managedFields":[', '\\"managedFields\\":[', ']},"spec":{', '[[{', '\\', '\\"', '日本 🚀'),
);

const parseWithoutManagedFields = createParser(['managedFields']);

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

  test('and other arrays are left out in whatever order they come, one inside the other too', () => {
    const withoutBulk = createParser(['containers', 'managedFields', 'volumes']);
    const bulk = [{ image: 'web', volumes: [{ name: 'inner', note: ']},"volumes":[' }] }];
    const volumes = [{ name: 'data' }];
    const object = (containers: unknown, rest: unknown): unknown => ({
      metadata: { name: 'web', managedFields: rest },
      spec: { initContainers: bulk, containers, nodeName: 'node-1' },
      status: { containerStatuses: bulk },
    });
    // The first `volumes` stand inside of what is left out already; later ones stay, which costs time and harms nobody.
    expect(withoutBulk(bytes(object(bulk, bulk)))).toEqual(object([], []));
    const pod = { spec: { volumes, containers: bulk } };
    expect(withoutBulk(bytes(pod))).toEqual({ spec: { volumes: [], containers: [] } });
    const reversed = { spec: { containers: bulk, volumes } };
    expect(withoutBulk(bytes(reversed))).toEqual({ spec: { containers: [], volumes } });
  });

  test('that never close are no JSON', () => {
    expect(parseWithoutManagedFields(Buffer.from('{"metadata":{"managedFields":[{"a":"]"}'))).toBeUndefined();
  });

  test('are kept for those who read them', () => {
    const object = { metadata: { managedFields: [{ manager: 'kubelet' }] } };
    expect(parseJson(bytes(object))).toEqual(object);
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
