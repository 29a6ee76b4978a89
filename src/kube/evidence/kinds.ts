import type { ObjectRef } from '../../domain/failure.ts';

/** Paths of the collections that the agent's rights let it read, by API group and kind; `*` stands for the namespace. */
const collections = {
  Pod: '/api/v1/namespaces/*/pods',
  Node: '/api/v1/nodes',
  Namespace: '/api/v1/namespaces',
  PersistentVolumeClaim: '/api/v1/namespaces/*/persistentvolumeclaims',
  PersistentVolume: '/api/v1/persistentvolumes',
  'storage.k8s.io/StorageClass': '/apis/storage.k8s.io/v1/storageclasses',
  'autoscaling/HorizontalPodAutoscaler': '/apis/autoscaling/v2/namespaces/*/horizontalpodautoscalers',
  'apps/Deployment': '/apis/apps/v1/namespaces/*/deployments',
  'apps/StatefulSet': '/apis/apps/v1/namespaces/*/statefulsets',
  'apps/DaemonSet': '/apis/apps/v1/namespaces/*/daemonsets',
  'apps/ReplicaSet': '/apis/apps/v1/namespaces/*/replicasets',
  'apps/ControllerRevision': '/apis/apps/v1/namespaces/*/controllerrevisions',
  'batch/Job': '/apis/batch/v1/namespaces/*/jobs',
  'batch/CronJob': '/apis/batch/v1/namespaces/*/cronjobs',
} as const;

/** Those that are listed, and of which no single object is read. */
const onlyListed = {
  ResourceQuota: '/api/v1/namespaces/*/resourcequotas',
  LimitRange: '/api/v1/namespaces/*/limitranges',
  Event: '/apis/events.k8s.io/v1/namespaces/*/events',
} as const;

type Kind = keyof typeof collections;

const lists: Readonly<Record<Kind | keyof typeof onlyListed, string>> = { ...collections, ...onlyListed };

/** Path of all objects of a kind in a namespace. */
export function listPath(kind: keyof typeof lists, namespace: string): string {
  return lists[kind].replace('*', () => encodeURIComponent(namespace));
}

/** Path of one object; of a cluster-scoped kind without a namespace. */
export function pathOf(kind: Kind, name: string, namespace = ''): string {
  return `${listPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Path of one object; undefined for a kind that the agent does not read. */
export function objectPath({
  apiVersion,
  kind,
  name,
  namespace,
}: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>): string | undefined {
  const group = apiVersion.includes('/') ? `${apiVersion.split('/')[0]}/` : '';
  const key = `${group}${kind}`;
  return isKind(key) ? pathOf(key, name, namespace) : undefined;
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(collections, key);
}
