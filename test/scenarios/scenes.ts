import { busyboxImage } from '../cluster/index.ts';
import {
  aContainer,
  aPod,
  aPodSpec,
  aWorkload,
  type Fields,
  type Wrapping,
} from '../e2e/support/classes/objects.ts';
import { runs } from '../e2e/support/workloads.ts';

/** One row of the comparison: what is made to fail, and how many POSTs would be right. */
export interface Scene {
  /** Part of the name of its namespace. */
  readonly name: string;
  /** As the table names it. */
  readonly row: string;
  /** Tickets and comments within the window, but for the one that says that it is over. */
  readonly ideal: number;
  /** It ends within the window, which is said once. */
  readonly recovers?: true;
  readonly objects: (namespace: string) => readonly Fields[];
  /** Its pods are bound to the node that is played, and these are written as their status, one after the other. */
  readonly statuses?: readonly (() => Fields)[];
}

type Making = Omit<Wrapping, 'namespace' | 'name' | 'pod'>;

function deployment(pod: Fields, more: Making = {}): Scene['objects'] {
  return (namespace) => [aWorkload('Deployment', { namespace, name: 'shop', pod, ...more })];
}

function crashing(script: string, more: Fields = {}): Fields {
  return aPodSpec(aContainer(script, more));
}

const memory = { resources: { limits: { memory: '32Mi' } } };
const outOfMemory = 'tail /dev/zero';

/** On the real kubelet. */
export const realScenes: readonly Scene[] = [
  {
    name: 'exit-three',
    row: '3 replicas, exit 3',
    ideal: 1,
    objects: deployment(crashing('exit 3'), { spec: { replicas: 3 } }),
  },
  { name: 'oom', row: 'OOMKilled', ideal: 1, objects: deployment(crashing(outOfMemory, memory)) },
  {
    name: 'init',
    row: 'init container fails',
    ideal: 1,
    objects: deployment(
      aPodSpec(aContainer(runs), { initContainers: [aContainer('exit 7', { name: 'prepare' })] }),
    ),
  },
  {
    name: 'secret',
    row: 'missing Secret',
    ideal: 1,
    objects: deployment(
      crashing(runs, { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'absent', key: 'a' } } }] }),
    ),
  },
  {
    name: 'never-pull',
    row: 'ErrImageNeverPull',
    ideal: 1,
    objects: deployment(crashing(runs, { image: 'absent.example/none:1', imagePullPolicy: 'Never' })),
  },
  {
    name: 'unschedulable',
    row: 'unschedulable',
    ideal: 1,
    objects: deployment({ ...crashing(runs), nodeSelector: { 'example.org/absent': 'true' } }),
  },
  { name: 'exit-zero', row: 'exit 0 loop', ideal: 1, objects: deployment(crashing('exit 0')) },
  { name: 'exit-143', row: 'exit 143 loop', ideal: 1, objects: deployment(crashing('exit 143')) },
  {
    name: 'pull',
    row: 'ImagePullBackOff after ContainerCreating',
    ideal: 1,
    objects: deployment(crashing(runs, { image: '127.0.0.1:1/none:1' })),
  },
  {
    name: 'sidecar',
    row: 'native sidecar loop',
    ideal: 1,
    objects: deployment(
      aPodSpec(aContainer(runs), {
        initContainers: [aContainer('sleep 1; exit 5', { name: 'proxy', restartPolicy: 'Always' })],
      }),
    ),
  },
  {
    name: 'two',
    row: 'two containers, different reasons',
    ideal: 1,
    objects: deployment({
      ...crashing('exit 3'),
      containers: [aContainer('exit 3'), aContainer(outOfMemory, { ...memory, name: 'cache' })],
    }),
  },
  {
    name: 'once',
    row: 'restartPolicy Never, exit 1, once',
    ideal: 0,
    objects: (namespace) => [
      aPod({ namespace, name: 'once', pod: { ...crashing('exit 1'), restartPolicy: 'Never' } }),
    ],
  },
];

/** Fails before the agent is there. */
export const earlyScene: Scene = {
  name: 'early',
  row: 'loop already present at start',
  ideal: 1,
  objects: deployment(crashing('exit 3')),
};

/** Gets a new ReplicaSet, which fails in the same way, as soon as it has its ticket. */
export const rolledScene: Scene = {
  name: 'rolled',
  row: 'replacement pod in a new ReplicaSet, same failure',
  ideal: 1,
  objects: deployment(crashing('exit 3')),
};

/** Is fixed as soon as it has its ticket. */
export const mendedScene: Scene = {
  name: 'fixed',
  row: 'loop fixed',
  ideal: 1,
  recovers: true,
  objects: deployment(crashing('exit 3')),
};

/** Is deleted with its namespace. */
export const healthyScene: Scene = {
  name: 'healthy',
  row: '5 healthy pods deleted with their namespace',
  ideal: 0,
  objects: deployment(crashing(runs), { spec: { replicas: 5 } }),
};

/** Fails for good while nothing is accepted. */
export const refusedScene: Scene = {
  name: 'refused',
  row: 'receiver answers 503 for 60 s',
  ideal: 1,
  objects: (namespace) => [
    ...deployment(crashing(runs, { image: 'absent.example/none:1', imagePullPolicy: 'Never' }))(namespace),
  ],
};

function status(container: Fields, phase = 'Running'): Fields {
  const isReady = container['ready'] === true;
  const condition = (type: string, isTrue: boolean): Fields => ({ type, status: isTrue ? 'True' : 'False' });
  return {
    phase,
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', isReady),
      condition('Ready', isReady),
    ],
    containerStatuses: [{ name: 'app', image: busyboxImage, imageID: '', ...container }],
  };
}

function ended(at: Date, exitCode: number): Fields {
  const startedAt = new Date(at.getTime() - 2_000).toISOString();
  return { exitCode, reason: 'Error', startedAt, finishedAt: at.toISOString() };
}

/** A container that runs, after so many restarts. */
export function up(restartCount: number): Fields {
  const now = new Date();
  const state = { running: { startedAt: now.toISOString() } };
  const lastState = restartCount === 0 ? {} : { terminated: ended(now, 3) };
  return status({ restartCount, ready: true, started: true, state, lastState });
}

/** One that has just ended. */
export function down(restartCount: number): Fields {
  const state = { terminated: ended(new Date(), 3) };
  return status({ restartCount, ready: false, started: false, state });
}

/** What the kubelet writes of a pod that it puts out. */
function evicted(): Fields {
  const message = 'The node was low on resource: memory.';
  const lastTransitionTime = new Date().toISOString();
  const reason = 'TerminationByKubelet';
  return {
    phase: 'Failed',
    reason: 'Evicted',
    message,
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime }],
  };
}

/** Statuses as a kubelet writes them, on a node without one: these cannot be made to happen at will. */
export function playedScenes(nodeName: string): readonly Scene[] {
  const pod = { ...crashing(runs), nodeName };
  const bare: Scene['objects'] = (namespace) => [aPod({ namespace, name: 'shop', pod })];
  return [
    {
      name: 'unseen',
      row: 'Terminated state never observed',
      ideal: 1,
      recovers: true,
      objects: deployment(pod),
      statuses: [0, 1, 2, 3].map((restarts) => () => up(restarts)),
    },
    {
      name: 'jump',
      row: 'restartCount 0 → 5 while Running',
      ideal: 1,
      recovers: true,
      objects: deployment(pod),
      statuses: [() => up(0), () => up(5)],
    },
    { name: 'evicted', row: 'Evicted pod', ideal: 1, objects: bare, statuses: [() => up(0), evicted] },
  ];
}
