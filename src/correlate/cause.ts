import type { ObjectRef, SharedCause, Signal } from '../domain/failure.ts';
import { type CauseKind, GROUP } from '../domain/incident.ts';

/** A fault that several owners can have in common: an incident of its own speaks for theirs. */
export interface Cause {
  readonly kind: CauseKind;
  /** Key of its incident. */
  readonly key: string;
  /** What its incident is about. Only a node is an object that we watch. */
  readonly target: ObjectRef;
}

/** The key of an owner's incidents in this cluster. */
export type KeyOf = (owner: ObjectRef) => string;

/** What a storm is about: no object of the cluster. */
export const stormTarget: ObjectRef = {
  apiVersion: '',
  kind: 'Cluster',
  namespace: '',
  name: 'many-workloads',
  uid: '',
};

/** The node of this name, as the owner of incidents. Its uid is no part of identity. */
export function nodeCause(name: string, keyOf: KeyOf): Cause {
  const target = { apiVersion: 'v1', kind: 'Node', namespace: '', name, uid: '' };
  return { kind: 'node', key: keyOf(target), target };
}

/** What ended long before anybody looked is told together. */
const leftovers: SharedCause = { kind: 'Leftovers', name: 'ended-long-ago' };

/** What a signal blames that others can blame as well, the widest first. */
export function sharedCausesOf(signal: Signal, keyOf: KeyOf): readonly Cause[] {
  const named = signal.isLeftover === true ? leftovers : signal.sharedCause;
  return [named?.wider, named]
    .filter((one) => one !== undefined)
    .map((one) => sharedCause(sharedTarget(one, signal.regarding.namespace), keyOf));
}

/** The cause of those that lack this. Its key is not that of the object as an owner, which can have an incident of its own. */
export function sharedCause(target: ObjectRef, keyOf: KeyOf): Cause {
  return { kind: 'shared', key: keyOf({ ...target, apiVersion: SHARED_GROUP_VERSION }), target };
}

const SHARED_GROUP_VERSION = `shared.${GROUP}/v1`;

/** The API of each kind, and whether its objects lie in a namespace; what is no object of the cluster has none. */
const sharedKinds: Readonly<
  Record<SharedCause['kind'], { readonly apiVersion: string; readonly isNamespaced?: true }>
> = {
  Secret: { apiVersion: 'v1', isNamespaced: true },
  ConfigMap: { apiVersion: 'v1', isNamespaced: true },
  ServiceAccount: { apiVersion: 'v1', isNamespaced: true },
  ResourceQuota: { apiVersion: 'v1', isNamespaced: true },
  PersistentVolumeClaim: { apiVersion: 'v1', isNamespaced: true },
  PersistentVolume: { apiVersion: 'v1' },
  StorageClass: { apiVersion: 'storage.k8s.io/v1' },
  SecretProviderClass: { apiVersion: 'secrets-store.csi.x-k8s.io/v1', isNamespaced: true },
  CSIDriver: { apiVersion: 'storage.k8s.io/v1' },
  FileServer: { apiVersion: '' },
  PriorityClass: { apiVersion: 'scheduling.k8s.io/v1' },
  RuntimeClass: { apiVersion: 'node.k8s.io/v1' },
  APIService: { apiVersion: 'apiregistration.k8s.io/v1' },
  Webhook: { apiVersion: '' },
  Registry: { apiVersion: '' },
  NodeNetwork: { apiVersion: '' },
  NetworkPlugin: { apiVersion: '' },
  NodeGroup: { apiVersion: '' },
  Leftovers: { apiVersion: '' },
};

function sharedTarget({ kind, name }: SharedCause, namespace: string): ObjectRef {
  const { apiVersion, isNamespaced } = sharedKinds[kind];
  return { apiVersion, kind, namespace: isNamespaced === true ? namespace : '', name, uid: '' };
}

/** The nodes of a zone or a pool that went together; without a name all that went. */
export function nodeGroupCause(name: string, keyOf: KeyOf): Cause {
  return sharedCause(sharedTarget({ kind: 'NodeGroup', name }, ''), keyOf);
}

/** Keys of all causes, nodes and shared ones, that these signals can have. */
export function possibleCauses(signals: readonly Signal[], keyOf: KeyOf): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const signal of signals) {
    if (signal.node !== undefined) keys.add(nodeCause(signal.node, keyOf).key);
    for (const { key } of sharedCausesOf(signal, keyOf)) keys.add(key);
  }
  return keys;
}
