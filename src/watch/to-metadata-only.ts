import type * as k8s from '@kubernetes/client-node';
import type { NamespaceView, ReplicaSetView } from '../domain/views.ts';
import { fields } from '../kube/object-fields.ts';
import { toBase } from './base.ts';

/** A Namespace, from its metadata alone. */
export function toNamespace(object: unknown): NamespaceView | undefined {
  const base = toBase(fields<k8s.V1Namespace>(object).metadata, 'v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  return { kind: 'Namespace', ...own, ...extras };
}

/** A ReplicaSet, from its metadata alone: it is the link between a pod and its Deployment. */
export function toReplicaSet(object: unknown): ReplicaSetView | undefined {
  const base = toBase(fields<k8s.V1ReplicaSet>(object).metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  return { kind: 'ReplicaSet', ...own, ...extras };
}
