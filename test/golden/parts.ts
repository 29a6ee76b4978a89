import type {
  ContainerFacts,
  EventFacts,
  Evidence,
  OwnerFacts,
  PodFacts,
  RolloutFacts,
} from '../../src/domain/environment.ts';
import type { NodeFacts } from '../../src/domain/environment-facts.ts';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../../src/domain/failure.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { ComposeInput, IncidentOpening } from '../../src/compose/incident-draft.ts';

/** When the tickets are opened. */
export const now = Date.parse('2026-11-23T03:12:45Z');

/** RFC 3339 time so long before the ticket. */
export function ago(ms: number): string {
  return new Date(now - ms).toISOString().replace('.000Z', 'Z');
}

export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export { MINUTE, SECOND };

const NAMESPACE = 'shop';
export const POD = 'checkout-6f7d9c5b8-x2x7k';

export function ref(kind: string, name = 'checkout', namespace = NAMESPACE): ObjectRef {
  const groups: Readonly<Record<string, string>> = { Pod: 'v1', Node: 'v1', Namespace: 'v1', Job: 'batch/v1', CronJob: 'batch/v1' };
  return { apiVersion: groups[kind] ?? 'apps/v1', kind, namespace, name, uid: `uid-of-${kind.toLowerCase()}-${name}` };
}

export function owner(of: ObjectRef, more: Partial<OwnerFacts> = {}): OwnerFacts {
  const { apiVersion, kind, namespace, name, uid } = of;
  return {
    apiVersion,
    kind,
    namespace,
    name,
    uid,
    createdAt: ago(90 * DAY),
    labels: { 'app.kubernetes.io/name': name },
    conditions: [],
    chain: [{ kind, name }],
    ...more,
  };
}

export function pod(more: Partial<PodFacts> = {}): PodFacts {
  return {
    name: POD,
    namespace: NAMESPACE,
    uid: 'c2b0ad5e-5a1b-4a51-9d3c-9f3c41cbd6d1',
    phase: 'Running',
    nodeName: 'node-a-1',
    qosClass: 'Burstable',
    serviceAccountName: 'checkout',
    restartPolicy: 'Always',
    createdAt: ago(3 * MINUTE),
    startedAt: ago(3 * MINUTE),
    labels: { app: 'checkout' },
    conditions: [],
    volumes: ['config: configMap checkout-config', 'kube-api-access-q2w3e: projected'],
    ...more,
  };
}

export function container(more: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'checkout',
    role: 'app',
    image: 'registry.example.com/shop/checkout:1.42.0',
    imageID: 'registry.example.com/shop/checkout@sha256:5d7c0f5c5e1f0e6d7a0f8f1e2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e',
    restartCount: 0,
    ready: false,
    state: {},
    lastState: {},
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    probes: {},
    environmentNames: ['PAYMENTS_PROVIDER', 'PAYMENTS_TOKEN'],
    ...more,
  };
}

/** A container that has crashed again and again and waits for its next start. */
export function crashed(exitCode: number, reason: string, more: Partial<ContainerFacts> = {}): ContainerFacts {
  return container({
    restartCount: 3,
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 40s restarting failed container=checkout pod=${POD}_shop(c2b0ad5e-5a1b-4a51-9d3c-9f3c41cbd6d1)`,
      },
    },
    lastState: {
      terminated: { exitCode, reason, startedAt: ago(4 * SECOND), finishedAt: ago(2 * SECOND) },
    },
    ...more,
  });
}

export function node(more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name: 'node-a-1',
    zone: 'eu-central-1a',
    instanceType: 'm6i.xlarge',
    kubeletVersion: 'v1.36.3',
    conditions: [
      { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', lastTransitionTime: ago(30 * DAY) },
      { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(30 * DAY) },
    ],
    capacity: { cpu: '4', memory: '16Gi' },
    allocatable: { cpu: '3920m', memory: '15Gi' },
    taints: [],
    ...more,
  };
}

export function event(more: Partial<EventFacts> & Pick<EventFacts, 'reason' | 'message'>): EventFacts {
  return { type: 'Warning', count: 1, firstAt: ago(2 * MINUTE), lastAt: ago(10 * SECOND), object: `Pod/${POD}`, source: 'kubelet', ...more };
}

/** What every start of a pod leaves behind. */
export const startEvents: readonly EventFacts[] = [
  event({ type: 'Normal', reason: 'Pulled', message: 'Container image "registry.example.com/shop/checkout:1.42.0" already present on machine', count: 4 }),
  event({ type: 'Normal', reason: 'Created', message: 'Created container: checkout', count: 4 }),
  event({ type: 'Normal', reason: 'Started', message: 'Started container checkout', count: 4 }),
  event({ type: 'Normal', reason: 'Scheduled', message: `Successfully assigned shop/${POD} to node-a-1`, lastAt: ago(3 * MINUTE) }),
];

export const backOff = event({
  reason: 'BackOff',
  message: `Back-off restarting failed container checkout in pod ${POD}_shop(c2b0ad5e-5a1b-4a51-9d3c-9f3c41cbd6d1)`,
  count: 7,
  firstAt: ago(2 * MINUTE),
  lastAt: ago(3 * SECOND),
});

/** A rollout that changed the image so long ago. */
export function rollout(madeBeforeMs: number, more: Partial<RolloutFacts> = {}): RolloutFacts {
  return {
    revision: '7',
    changedAt: ago(madeBeforeMs),
    previousRevision: '6',
    previousChangedAt: ago(3 * DAY),
    changes: [
      {
        container: 'checkout',
        image: {
          from: 'registry.example.com/shop/checkout:1.41.0',
          to: 'registry.example.com/shop/checkout:1.42.0',
        },
      },
    ],
    ...more,
  };
}

export function log(lines: readonly string[], more: Partial<Evidence['logs'][number]> = {}): Evidence['logs'][number] {
  return { container: 'checkout', pod: POD, previous: true, lines: [...lines], ...more };
}

export function signal(failureClass: FailureClass, regarding: ObjectRef, more: Partial<Signal> & Pick<Signal, 'reason' | 'message'>): Signal {
  const since = now - 2 * MINUTE;
  return { class: failureClass, regarding, since, lastSeenAt: since, occurrences: 1, immediate: false, ...more };
}

export const checkoutPod = ref('Pod', POD);

export interface Case {
  readonly opening: Partial<IncidentOpening> & Pick<IncidentOpening, 'owner' | 'signals'>;
  readonly evidence: Partial<Evidence>;
}

/** What is composed for a case, with everything that it does not name as in a usual cluster. */
export function inputOf({ opening, evidence }: Case): ComposeInput {
  const { owner: about, signals } = opening;
  const key = '47eb08f776c40091d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f';
  return {
    opening: {
      name: `${about.kind.toLowerCase()}-${about.name}-47eb08f7-1`,
      key,
      trigger: 'automatic',
      since: Math.min(...signals.map(({ since }) => since), now),
      occurrences: signals.reduce((sum, { occurrences }) => sum + occurrences, 0),
      affected: [...new Set(signals.map(({ regarding }) => regarding.name))],
      ...opening,
    },
    evidence: {
      takenAt: now,
      containers: [],
      events: [],
      logs: [],
      omitted: [],
      secretValues: [],
      ...evidence,
    },
    cluster: {
      id: '0d9f7e0a-5d0b-4c7e-9a55-1f5c5a3e9b21',
      name: 'production',
      uid: '6a0b3c1d-7e8f-4a5b-9c0d-1e2f3a4b5c6d',
      version: 'v1.36.3',
      provider: 'aws',
    },
    severity: 'critical',
    now,
  };
}
