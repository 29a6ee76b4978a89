import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type Fields, toTime } from '../../src/sandbox/api-types.ts';
import { aDeployment, aPod, aReplicaSet, ownedBy } from '../../src/sandbox/objects.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

const NAMESPACE = 'shop';

/** A Deployment whose pods a test lets crash and run. */
export interface Workload {
  /** All pods, or the first few. */
  readonly crash: (count?: number) => void;
  /** All pods run and are ready. */
  readonly run: () => void;
  /** All pods run and are ready, between two crashes. */
  readonly runAgain: () => void;
  readonly annotate: (name: string, value: string | undefined) => void;
  readonly remove: () => void;
}

interface Shown {
  readonly ready: boolean;
  readonly hasCrashed?: boolean;
  /** How many pods; all of them by default. */
  readonly count?: number;
}

/** A Deployment of `replicas` pods. */
export function deploy(sandbox: Sandbox, name = 'checkout', replicas = 3, namespace = NAMESPACE): Workload {
  const { objects } = sandbox;
  const labels = { app: name };
  const options = { name, namespace, labels, replicas };
  const deployment = objects.apply(aDeployment({ ...options, status: statusOf(replicas, 0) }));
  const replicaSet = objects.apply(
    aReplicaSet({ ...options, name: `${name}-7d9f8b6c5`, owner: ownedBy(deployment) }),
  );
  const pods = Array.from({ length: replicas }, (_, n) => `${replicaSet.metadata.name}-pod${n}`);
  for (const pod of pods) objects.apply(aPod({ name: pod, namespace, labels, owner: ownedBy(replicaSet) }));

  function show({ ready, hasCrashed = !ready, count = replicas }: Shown): void {
    for (const pod of pods.slice(0, count)) {
      objects.update({ kind: 'Pod', namespace, name: pod }, (object) => {
        object['status'] = podStatus(ready, hasCrashed);
      });
      sandbox.setLogs([namespace, pod, 'app'], { current: 'starting\n', previous: 'fatal: no provider\n' });
    }
    objects.update({ kind: 'Deployment', namespace, name }, (object) => {
      object['status'] = statusOf(replicas, ready ? replicas : 0);
    });
  }

  return {
    crash: (count = replicas) => show({ ready: false, count }),
    run: () => show({ ready: true }),
    runAgain: () => show({ ready: true, hasCrashed: true }),
    annotate: (key, value) => {
      objects.update({ kind: 'Deployment', namespace, name }, ({ metadata }) => {
        const { [key]: _before, ...others } = metadata.annotations ?? {};
        metadata.annotations = value === undefined ? others : { ...others, [key]: value };
      });
    },
    remove: () => {
      for (const pod of pods) objects.delete({ kind: 'Pod', namespace, name: pod });
      objects.delete({ kind: 'ReplicaSet', namespace, name: replicaSet.metadata.name });
      objects.delete({ kind: 'Deployment', namespace, name });
    },
  };
}

function statusOf(replicas: number, readyReplicas: number): Fields {
  return {
    observedGeneration: 1_000,
    replicas,
    updatedReplicas: replicas,
    ...(readyReplicas === 0 ? {} : { readyReplicas, availableReplicas: readyReplicas }),
  };
}

function podStatus(ready: boolean, hasCrashed: boolean): Fields {
  const now = Date.now();
  const condition = (type: string, status: boolean): Fields => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: toTime(now - 5 * MINUTE),
  });
  const terminated = {
    exitCode: 3,
    reason: 'Error',
    startedAt: toTime(now - 3 * SECOND),
    finishedAt: toTime(now - 2 * SECOND),
    containerID: 'containerd://1',
  };
  const container = {
    ready,
    started: ready,
    restartCount: hasCrashed ? 4 : 0,
    state: ready ? { running: { startedAt: toTime(now) } } : { terminated },
    ...(hasCrashed ? { lastState: { terminated } } : {}),
  };
  return {
    phase: 'Running',
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: [{ name: 'app', image: 'app:1', imageID: '', ...container }],
  };
}
