import type * as k8s from '@kubernetes/client-node';
import type { Condition, NamespaceView, ReplicaSetView, WorkloadView } from '../domain/views.ts';
import { fields, integer, present } from '../kube/object-fields.ts';
import { type BaseFields, changedAt, toBase, toConditions } from './object-meta.ts';

/** A Deployment. One that is paused reports its rollout as it stands, without a deadline: the controller sees to that. */
export function toDeployment(object: unknown): WorkloadView | undefined {
  const deployment = fields<k8s.V1Deployment>(object);
  const base = toBase(deployment.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const status = fields<k8s.V1DeploymentStatus>(deployment.status);
  return toView(base, {
    kind: 'Deployment',
    wanted: integer(fields<k8s.V1DeploymentSpec>(deployment.spec).replicas) ?? 1,
    ready: integer(status.readyReplicas) ?? 0,
    updated: integer(status.updatedReplicas) ?? 0,
    observed: isObserved(deployment.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
}

/** A StatefulSet. `updated` counts a replica as updated when its update strategy leaves it as it is on purpose. */
export function toStatefulSet(object: unknown): WorkloadView | undefined {
  const set = fields<k8s.V1StatefulSet>(object);
  const base = toBase(set.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const spec = fields<k8s.V1StatefulSetSpec>(set.spec);
  const status = fields<k8s.V1StatefulSetStatus>(set.status);
  const wanted = integer(spec.replicas) ?? 1;
  const strategy = fields<k8s.V1StatefulSetUpdateStrategy>(spec.updateStrategy);
  const held = integer(fields<k8s.V1RollingUpdateStatefulSetStrategy>(strategy.rollingUpdate).partition) ?? 0;
  const updated = Math.min(wanted, (integer(status.updatedReplicas) ?? 0) + held);
  const view = toView(base, {
    kind: 'StatefulSet',
    wanted,
    ready: integer(status.readyReplicas) ?? 0,
    updated: strategy.type === 'OnDelete' ? wanted : updated,
    observed: isObserved(set.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
  return withProgress(view, set.metadata);
}

/**
 * A DaemonSet. Wanted is one for each node that it may run on; as for StatefulSets, OnDelete counts as updated. A node without any pod
 * of it lacks a pod, and not the update.
 */
export function toDaemonSet(object: unknown): WorkloadView | undefined {
  const set = fields<k8s.V1DaemonSet>(object);
  const base = toBase(set.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const strategy = fields<k8s.V1DaemonSetUpdateStrategy>(
    fields<k8s.V1DaemonSetSpec>(set.spec).updateStrategy,
  );
  const status = fields<k8s.V1DaemonSetStatus>(set.status);
  const wanted = integer(status.desiredNumberScheduled) ?? 0;
  const missing = Math.max(0, wanted - (integer(status.currentNumberScheduled) ?? wanted));
  const view = toView(base, {
    kind: 'DaemonSet',
    wanted,
    ready: integer(status.numberReady) ?? 0,
    updated: strategy.type === 'OnDelete' ? wanted : (integer(status.updatedNumberScheduled) ?? 0) + missing,
    observed: isObserved(set.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
  return withProgress(view, set.metadata);
}

type WorkloadFields = Pick<WorkloadView, 'kind' | 'wanted' | 'ready' | 'updated' | 'observed' | 'conditions'>;

function toView({ extras, ...base }: BaseFields, own: WorkloadFields): WorkloadView {
  return { ...own, ...base, ...extras };
}

/** An update that is not through: its controller keeps no time of it, the API server does. */
function withProgress(view: WorkloadView, metadata: unknown): WorkloadView {
  if (view.updated >= view.wanted) return view;
  return { ...view, ...present({ progressedAt: changedAt(metadata, 'status') }) };
}

function isObserved(metadata: unknown, observedGeneration: unknown): boolean {
  const generation = integer(fields<k8s.V1ObjectMeta>(metadata).generation) ?? 0;
  return (integer(observedGeneration) ?? 0) >= generation;
}

/** `Failure` conditions are bad when true, all others when not true; a paused rollout is Unknown, not failed. */
function isFailure(condition: Condition): boolean {
  return condition.type.endsWith('Failure') ? condition.status === 'True' : condition.status === 'False';
}

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
