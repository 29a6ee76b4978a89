import { type Fields, type KubeObject, type ObjectMeta, type OwnerReference } from './api-types.ts';

/** Builders of whole, believable objects for scenarios and tests. Times are epoch milliseconds. */

/** Names a pod, its containers and where it belongs. */
export interface PodOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owner?: OwnerReference;
  /** `''` for a pod that is not scheduled. */
  readonly node?: string;
  readonly containers?: readonly Fields[];
  readonly initContainers?: readonly Fields[];
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly status?: Fields;
}

/** Names a workload and its pods. */
export interface WorkloadOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owner?: OwnerReference;
  readonly replicas?: number;
  readonly containers?: readonly Fields[];
  readonly initContainers?: readonly Fields[];
  readonly status?: Fields;
}

function withDefined(meta: ObjectMeta, more: Fields): ObjectMeta {
  const given = Object.entries(more).filter(([, value]) => value !== undefined);
  return { ...meta, ...(Object.fromEntries(given) as Partial<ObjectMeta>) };
}

/** The controller reference that `owner`'s children carry. Throws when `owner` has no uid yet. */
export function ownedBy(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  if (metadata.uid === undefined) throw new Error(`${kind} ${metadata.name} has no uid: apply it first`);
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A namespace in use. */
export function aNamespace(name: string, annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: withDefined({ name, labels: { 'kubernetes.io/metadata.name': name } }, { annotations }),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** A container of a pod template: an image and modest resources. */
export function aContainer(name: string, more: Fields = {}): Fields {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.0.0`,
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...more,
  };
}

function podSpec(options: Omit<PodOptions, 'name' | 'status'>): Fields {
  return {
    ...(options.initContainers === undefined ? {} : { initContainers: options.initContainers }),
    containers: options.containers ?? [aContainer('app')],
    restartPolicy: options.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
  };
}

/** A pod; on `node-1` unless told otherwise, and Pending unless `status` says more. */
export function aPod(options: PodOptions): KubeObject {
  const { namespace = 'default', labels, annotations, owner, node = 'node-1' } = options;
  const more = { labels, annotations, ownerReferences: owner === undefined ? undefined : [owner] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: withDefined({ name: options.name, namespace }, more),
    spec: { ...podSpec(options), ...(node === '' ? {} : { nodeName: node }) },
    status: options.status ?? { phase: 'Pending', qosClass: 'Burstable' },
  };
}

function aWorkload(kind: string, options: WorkloadOptions): KubeObject {
  const { name, namespace = 'default', labels = { app: name }, annotations, owner } = options;
  const more = { annotations, ownerReferences: owner === undefined ? undefined : [owner] };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: withDefined({ name, namespace, labels }, more),
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: options.replicas ?? 1 }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(options) },
    },
    status: options.status ?? {},
  };
}

/** A Deployment with the rollout settings that `kubectl create` gives. */
export function aDeployment(options: WorkloadOptions): KubeObject {
  const deployment = aWorkload('Deployment', options);
  deployment['spec'] = {
    ...(deployment['spec'] as Fields),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  };
  return deployment;
}

/** A ReplicaSet. */
export function aReplicaSet(options: WorkloadOptions): KubeObject {
  return aWorkload('ReplicaSet', options);
}

/** A Job of one pod. */
export function aJob(options: WorkloadOptions): KubeObject {
  const { name, namespace = 'default', labels = { 'job-name': name }, annotations, owner } = options;
  const more = { annotations, ownerReferences: owner === undefined ? undefined : [owner] };
  const template = { metadata: { labels }, spec: podSpec({ ...options, restartPolicy: 'Never' }) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: withDefined({ name, namespace, labels }, more),
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, template },
    status: options.status ?? { active: 1 },
  };
}

/** A CronJob that runs every five minutes. */
export function aCronJob(options: WorkloadOptions): KubeObject {
  const { name, namespace = 'default', labels = { app: name }, annotations } = options;
  const job = aJob(options);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: withDefined({ name, namespace, labels }, { annotations }),
    spec: { schedule: '*/5 * * * *', suspend: false, jobTemplate: { spec: job['spec'] } },
    status: options.status ?? {},
  };
}
