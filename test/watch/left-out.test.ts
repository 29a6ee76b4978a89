import { expect, test } from '@jest/globals';
import { watchedResources } from '../../src/watch/index.ts';

const resources = watchedResources({ incidentNamespace: 'support' }).filter(
  ({ name }) => name !== 'incidents',
);

/** An object of any kind in a state in which the times of its managed fields count. */
function unfinished(metadata: object): unknown {
  return {
    metadata,
    spec: { replicas: 2, schedule: '0 * * * *' },
    status: { desiredNumberScheduled: 2, lastScheduleTime: '2026-11-23T12:00:00Z' },
  };
}

test.each(resources)(
  '$name: managedFields are parsed if, and only if, the projection reads them',
  (resource) => {
    let isRead = false;
    const metadata = {
      name: 'web',
      uid: 'uid-web',
      get managedFields() {
        isRead = true;
        return [];
      },
    };
    resource.project(unfinished(metadata));
    expect(isRead).toBe(resource.managedFields === true);
  },
);

test.each(resources.filter(({ leftOut }) => leftOut !== undefined))(
  '$name: no projection reads what is not parsed',
  (resource) => {
    const read: string[] = [];
    const trap: Record<string, unknown> = {};
    // Arrays with an exception are there where they are read.
    for (const name of (resource.leftOut ?? []).filter((one) => typeof one === 'string')) {
      Object.defineProperty(trap, name, { enumerable: true, get: () => void read.push(name) });
    }
    const unwell = { phase: 'Running', containerStatuses: [{ name: 'app', restartCount: 3 }] };
    const inSpec = { metadata: { name: 'web', uid: 'uid-web' }, spec: trap, status: unwell };
    const inStatus = { metadata: { name: 'web', uid: 'uid-web' }, spec: {}, status: trap };
    for (const object of [inSpec, inStatus]) expect(resource.project(object)).toBeDefined();
    expect(read).toEqual([]);
  },
);
