import type * as k8s from '@kubernetes/client-node';
import type { OwnerFacts } from '../../domain/environment.ts';
import type { ObjectRef } from '../../domain/failure.ts';
import { type Listed, managedOf, selectedOf } from './managers.ts';
import {
  allowedLabels,
  conditions,
  deletionRequestedAt,
  fields,
  type Fields,
  fieldsList,
  finalizersOf,
  integer,
  metaOf,
  nameOf,
  present,
  text,
  time,
  words,
} from '../object-fields.ts';

/** Any owner: what all kinds have in common, and the fields of those that count replicas. */
export interface OwnerObject {
  metadata: k8s.V1ObjectMeta;
  spec: { replicas: number; selector: object; template: object; scaleTargetRef: object };
  status: Readonly<Record<StatusField, number>> & { conditions: object[] };
}

type StatusField =
  | 'readyReplicas'
  | 'updatedReplicas'
  | 'availableReplicas'
  | 'desiredNumberScheduled'
  | 'numberReady'
  | 'updatedNumberScheduled'
  | 'numberAvailable';

/** What else is known of an owner. */
interface KnownOfOwner {
  readonly chain: OwnerFacts['chain'];
  readonly listed: Listed;
  readonly pod?: Fields<k8s.V1Pod> | undefined;
}

/** The owner as the ticket names it. Without an object, because it is gone or of an unknown kind, only what its reference says. */
export function ownerFacts(
  ref: ObjectRef,
  object: Fields<OwnerObject> | undefined,
  { chain, listed, pod }: KnownOfOwner,
): OwnerFacts {
  const meta = metaOf(object);
  const managed = managedOf(meta);
  const status = fields<OwnerObject['status']>(object?.status);
  return present({
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    uid: words(meta.uid) ?? text(ref.uid),
    createdAt: time(meta.creationTimestamp),
    deletionRequestedAt: deletionRequestedAt(meta),
    finalizers: finalizersOf(meta),
    labels: allowedLabels(meta.labels),
    // What its pods have they have from their template.
    selected: selectedOf(object === undefined ? metaOf(pod) : meta, listed),
    managed: Object.keys(managed).length === 0 ? undefined : managed,
    replicas: object === undefined ? undefined : replicasOf(ref.kind, object),
    scaleTarget: scaleTargetOf(object),
    conditions: conditions(status.conditions),
    chain,
  });
}

/** Names of a kind's counters in its status. */
const counters: Readonly<
  Record<string, readonly [ready: StatusField, updated: StatusField, available: StatusField]>
> = {
  Deployment: ['readyReplicas', 'updatedReplicas', 'availableReplicas'],
  StatefulSet: ['readyReplicas', 'updatedReplicas', 'availableReplicas'],
  DaemonSet: ['numberReady', 'updatedNumberScheduled', 'numberAvailable'],
};

function replicasOf(kind: string, object: Fields<OwnerObject>): OwnerFacts['replicas'] {
  const names = counters[kind];
  if (names === undefined) return undefined;
  const status = fields<OwnerObject['status']>(object.status);
  const spec = fields<OwnerObject['spec']>(object.spec);
  const wanted = kind === 'DaemonSet' ? integer(status.desiredNumberScheduled) : integer(spec.replicas);
  const [ready, updated, available] = names;
  return present({
    wanted: wanted ?? (kind === 'DaemonSet' ? 0 : 1),
    ready: integer(status[ready]) ?? 0,
    updated: integer(status[updated]) ?? 0,
    available: integer(status[available]) ?? 0,
  });
}

/** What an autoscaler scales; other kinds name nothing there. */
function scaleTargetOf(object: Fields<OwnerObject> | undefined): OwnerFacts['scaleTarget'] {
  const { scaleTargetRef } = fields<OwnerObject['spec']>(object?.spec);
  const reference = fields<k8s.V2CrossVersionObjectReference>(scaleTargetRef);
  const [kind, name] = [text(reference.kind), words(reference.name)];
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

/** The controller that made an object, from its owner references. */
export function controllerOf(
  object: Fields<{ metadata: k8s.V1ObjectMeta }>,
  namespace: string,
): ObjectRef | undefined {
  const references = fieldsList<k8s.V1OwnerReference>(metaOf(object).ownerReferences);
  const controller = references.find((reference) => reference.controller === true);
  if (controller === undefined) return undefined;
  return {
    apiVersion: text(controller.apiVersion) ?? '',
    kind: text(controller.kind) ?? '',
    namespace,
    name: words(controller.name) ?? '',
    uid: words(controller.uid) ?? '',
  };
}

/** References to a pod and to the controller that made it. */
export function refOfPod(
  pod: Fields<k8s.V1Pod>,
  namespace: string,
): { readonly self: ObjectRef; readonly controller?: ObjectRef } {
  const meta = metaOf(pod);
  const self = {
    apiVersion: 'v1',
    kind: 'Pod',
    // The owner may be cluster-scoped: static pods belong to their node.
    namespace: text(meta.namespace) ?? namespace,
    name: words(meta.name) ?? '',
    uid: words(meta.uid) ?? '',
  };
  const controller = controllerOf(pod, self.namespace);
  return controller === undefined ? { self } : { self, controller };
}

/** The chain from the pod, through its own controller where that is another, to the owner. */
export function chainOf(
  owner: ObjectRef,
  pod: Fields<k8s.V1Pod> | undefined,
  between: readonly ObjectRef[],
): OwnerFacts['chain'] {
  const root = { kind: owner.kind, name: owner.name };
  if (pod === undefined || owner.kind === 'Pod') return [root];
  const first = { kind: 'Pod', name: nameOf(pod) };
  return [first, ...between.map(({ kind, name }) => ({ kind, name })), root];
}

/** A label selector as a query parameter, from `spec.selector`; undefined when there is none that can be expressed. */
export function selectorOf(object: Fields<OwnerObject> | undefined): string | undefined {
  const selector = fields<{ matchLabels: object; matchExpressions: object[] }>(
    fields<OwnerObject['spec']>(object?.spec).selector,
  );
  const labels = Object.entries(fields<Record<string, unknown>>(selector.matchLabels)).map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  const expressions = fieldsList<Expression>(selector.matchExpressions).map(expressionText);
  const terms = [...labels, ...expressions.filter((term) => term !== '')];
  return terms.length === 0 ? undefined : terms.join(',');
}

interface Expression {
  key: string;
  operator: string;
  values: string[];
}

function expressionText(expression: Fields<Expression>): string {
  const key = text(expression.key) ?? '';
  const values = Array.isArray(expression.values) ? expression.values.join(',') : '';
  switch (expression.operator) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return '';
  }
}
