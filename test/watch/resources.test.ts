import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { watchedResources } from '../../src/watch/resources.ts';
import { aPod, anObject, crashedContainer } from './fixtures.ts';

describe('watchedResources', () => {
  test('watches the whole cluster, pods first, and Incidents in the namespace of the agent', () => {
    const resources = watchedResources({ incidentNamespace: 'ankra-support' });
    expect(resources.map((resource) => resource.path)).toEqual([
      '/api/v1/pods',
      '/api/v1/nodes',
      '/api/v1/namespaces',
      '/apis/apps/v1/replicasets',
      '/apis/apps/v1/deployments',
      '/apis/apps/v1/statefulsets',
      '/apis/apps/v1/daemonsets',
      '/apis/batch/v1/jobs',
      '/apis/batch/v1/cronjobs',
      '/apis/events.k8s.io/v1/events',
      '/apis/events.k8s.io/v1/events',
      '/apis/events.k8s.io/v1/events',
      '/apis/support.ankra.app/v1alpha1/namespaces/ankra-support/incidents',
    ]);
    expect(resources.filter((resource) => resource.metadataOnly).map((resource) => resource.name)).toEqual([
      'namespaces',
      'replicasets',
    ]);
    const events = resources.filter((resource) => resource.name === 'events');
    expect(events.map(({ fieldSelector }) => fieldSelector)).toEqual([
      'type=Warning',
      'reason=TriggeredScaleUp',
      'reason=NotTriggerScaleUp',
    ]);
  });

  test('watches given namespaces one by one, and nothing that is cluster-scoped', () => {
    const paths = watchedResources({ namespaces: ['a', 'b'], incidentNamespace: 'a' }).map((one) => one.path);
    expect(paths).toHaveLength(21);
    expect(paths.slice(0, 2)).toEqual(['/api/v1/namespaces/a/pods', '/api/v1/namespaces/b/pods']);
    expect(paths).not.toContain('/api/v1/nodes');
    expect(paths).not.toContain('/api/v1/namespaces');
  });

  describe('with selectors', () => {
    const labels = { team: 'payments' };
    const selectors = {
      namespaceSelector: { matchLabels: labels },
      workloadSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] },
    };
    const meta = (more: object) => ({
      metadata: { name: 'a', uid: 'u', namespace: 'shop', ...more },
      reason: 'Unhealthy',
    });
    const selected = (object: object) =>
      watchedResources({ incidentNamespace: 'a', ...selectors })
        .filter(({ kind, project }) => kind !== 'Incident' && project(object)?.kind === kind)
        .filter(({ project }) => (project(object) as { unselected?: true }).unselected !== true)
        .map(({ name }) => name);
    const others = ['nodes', 'events', 'events', 'events'];

    test('mark namespaces and workloads that have not the labels, and nothing else', () => {
      expect(selected(meta({}))).toEqual(others);
      expect(selected(meta({ labels }))).toEqual(['nodes', 'namespaces', 'events', 'events', 'events']);
      expect(selected(meta({ labels: { tier: 'gold' } }))).toHaveLength(others.length + 7);
    });

    test('keep no labels', () => {
      const views = watchedResources({ incidentNamespace: 'a', ...selectors })
        .filter(({ kind }) => kind !== 'Incident')
        .map(({ project }) => JSON.stringify(project(meta({ labels: { tier: 'gold', ...labels } }))));
      expect(views.filter((view) => /gold|payments/.test(view))).toEqual([]);
    });
  });

  const projections = watchedResources({ incidentNamespace: 'a' }).filter(
    (resource) => resource.kind !== 'Incident',
  );

  test.each(projections.map((resource) => [resource.name, resource] as const))(
    'no JSON makes the projection of %s throw',
    (_, { project, kind }) => {
      fc.assert(
        fc.property(oddObjects, (object) => {
          const view = project(object);
          expect(view?.kind ?? kind).toBe(kind);
        }),
        { numRuns: 300 },
      );
    },
  );

  test('hostile keys reach no prototype', () => {
    const annotations = JSON.parse('{"__proto__": {"support.ankra.app/ignore": "true"}}') as object;
    for (const { project } of projections) {
      const object = { ...anObject({ metadata: { annotations } }), reason: 'Unhealthy' };
      expect(project(object)).not.toHaveProperty('ignored');
    }
  });
});

/** Any JSON, and good objects of which one value somewhere is replaced by any JSON. */
const oddObjects = fc.oneof(
  fc.jsonValue(),
  fc.record({
    metadata: fc.record({ name: fc.string(), uid: fc.string() }),
    spec: fc.jsonValue(),
    status: fc.jsonValue(),
  }),
  fc
    .tuple(
      fc.constantFrom(aPod({ status: { containerStatuses: [crashedContainer] } }), anObject()),
      fc.nat(),
      fc.jsonValue(),
    )
    .map(([object, at, value]) => replaceNth(structuredClone(object), at, value)),
);

/** Replaces the value that is reached `at` steps (modulo their number) into the object. */
function replaceNth(object: object, at: number, value: unknown): object {
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit(child);
    }
  };
  visit(object);
  const place = places[at % places.length];
  if (place !== undefined) place[0][place[1]] = value;
  return object;
}
