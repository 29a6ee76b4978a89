import type { ObjectRef } from '../../domain/failure.ts';

interface KindPath {
  readonly root: string;
  readonly plural: string;
  readonly clusterScoped?: true;
}

/** Kinds that the agent's rights let it read, by API group and kind. */
const kinds: Readonly<Record<string, KindPath>> = {
  Pod: { root: '/api/v1', plural: 'pods' },
  Node: { root: '/api/v1', plural: 'nodes', clusterScoped: true },
  Namespace: { root: '/api/v1', plural: 'namespaces', clusterScoped: true },
  PersistentVolumeClaim: { root: '/api/v1', plural: 'persistentvolumeclaims' },
  PersistentVolume: { root: '/api/v1', plural: 'persistentvolumes', clusterScoped: true },
  'storage.k8s.io/StorageClass': {
    root: '/apis/storage.k8s.io/v1',
    plural: 'storageclasses',
    clusterScoped: true,
  },
  'autoscaling/HorizontalPodAutoscaler': { root: '/apis/autoscaling/v2', plural: 'horizontalpodautoscalers' },
  'apps/Deployment': { root: '/apis/apps/v1', plural: 'deployments' },
  'apps/StatefulSet': { root: '/apis/apps/v1', plural: 'statefulsets' },
  'apps/DaemonSet': { root: '/apis/apps/v1', plural: 'daemonsets' },
  'apps/ReplicaSet': { root: '/apis/apps/v1', plural: 'replicasets' },
  'apps/ControllerRevision': { root: '/apis/apps/v1', plural: 'controllerrevisions' },
  'batch/Job': { root: '/apis/batch/v1', plural: 'jobs' },
  'batch/CronJob': { root: '/apis/batch/v1', plural: 'cronjobs' },
};

/** Path of one object; undefined for a kind that the agent does not read. */
export function objectPath(
  ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>,
): string | undefined {
  const [group] = ref.apiVersion.includes('/') ? ref.apiVersion.split('/') : [''];
  const key = group === '' ? ref.kind : `${group}/${ref.kind}`;
  const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
  if (kind === undefined) return undefined;
  const name = encodeURIComponent(ref.name);
  if (kind.clusterScoped === true) return `${kind.root}/${kind.plural}/${name}`;
  return `${kind.root}/namespaces/${encodeURIComponent(ref.namespace)}/${kind.plural}/${name}`;
}

/** Path of all objects of a kind in a namespace. */
export function listPath(kind: keyof typeof listed, namespace: string): string {
  const { root, plural } = listed[kind];
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

const listed = {
  Pod: { root: '/api/v1', plural: 'pods' },
  ResourceQuota: { root: '/api/v1', plural: 'resourcequotas' },
  LimitRange: { root: '/api/v1', plural: 'limitranges' },
  Job: { root: '/apis/batch/v1', plural: 'jobs' },
  ReplicaSet: { root: '/apis/apps/v1', plural: 'replicasets' },
  ControllerRevision: { root: '/apis/apps/v1', plural: 'controllerrevisions' },
  Event: { root: '/apis/events.k8s.io/v1', plural: 'events' },
} as const;
