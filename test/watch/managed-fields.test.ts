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
