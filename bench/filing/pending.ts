import { incidentKey, incidentName, keyMarker } from '../../src/correlate/index.ts';
import type { NewIncident } from '../../src/domain/incident.ts';
import { objectFromNewIncident } from '../../src/kube/incident-store/store.ts';
import type { KubeObject } from '../../src/sandbox/api-types.ts';
import { AGENT_NAMESPACE } from '../time-to-post/server-side.ts';
import { NAMESPACE } from '../time-to-post/workload.ts';

/** About what a crash loop has: 3,000 characters of text, 10,000 of environment. */
const DESCRIPTION = `${'The container app exits with code 3. '.repeat(80)}\n`;
const LOG = Array.from(
  { length: 50 },
  (_none, n) => `2026-11-23T03:00:${n} msg="order ${n} could not be read" ${'x'.repeat(120)}`,
);

/** The `n`th Incident that waits for its ticket, as an object and as the body that a bare program would send. */
export interface Pending {
  readonly object: KubeObject;
  /** What a look-up before the POST searches for. */
  readonly marker: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Makes it for the cluster with this key, the uid of its namespace kube-system. */
export function pending(n: number, clusterKey: string): Pending {
  const target = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: NAMESPACE,
    name: `shop-${n}`,
    uid: `uid-${n}`,
  };
  const key = incidentKey(clusterKey, target);
  const environment = { version: '1', owner: target, logs: LOG };
  const draft = {
    subject: `Deployment ${NAMESPACE}/shop-${n}: CrashLoopBackOff`,
    description: DESCRIPTION,
    category: 'technical',
    severity: 'critical',
    environment: JSON.stringify(environment),
  } as const;
  const incident: NewIncident = {
    name: incidentName(target, key, 1),
    spec: {
      trigger: 'automatic',
      target,
      key,
      class: 'crash',
      reason: 'Error',
      openedAt: Date.now() - n,
      draft,
    },
  };
  const marker = keyMarker(key);
  return {
    object: objectFromNewIncident(incident, AGENT_NAMESPACE) as KubeObject,
    marker,
    body: {
      subject: `${draft.subject} [${marker}-00000]`,
      description: draft.description,
      category: draft.category,
      severity: draft.severity,
      source: 'agent',
      acknowledged: true,
      environment,
    },
  };
}
