import type { V1Node, V1NodeSpec, V1NodeStatus, V1Taint } from '@kubernetes/client-node';
import type { Condition, NodeView } from '../domain/views.ts';
import { fields, fieldsList, text } from '../kube/object-fields.ts';
import type { Fields } from '../kube/object-fields.ts';
import { toBase, toConditions } from './base.ts';

/** A Node and what is wrong with it. */
export function toNode(object: unknown): NodeView | undefined {
  const node = fields<V1Node>(object);
  const base = toBase(node.metadata, 'v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const spec = fields<V1NodeSpec>(node.spec);
  return {
    kind: 'Node',
    ...own,
    conditions: toConditions(fields<V1NodeStatus>(node.status).conditions, own.createdAt).filter(isFailure),
    unschedulable: spec.unschedulable === true,
    ...(isBeingRemoved(spec) ? { removing: true as const } : undefined),
    ...extras,
  };
}

/** `Ready` must be true. All others name a failure (MemoryPressure, those of node-problem-detector), or are for others. */
function isFailure(condition: Condition): boolean {
  return condition.status !== (condition.type === 'Ready' ? 'True' : 'False');
}

/** Taints by which autoscalers and clouds announce that they take a node away. */
const removalTaints = new Set([
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  'node.cloudprovider.kubernetes.io/shutdown',
]);

function isBeingRemoved(spec: Fields<V1NodeSpec>): boolean {
  return fieldsList<V1Taint>(spec.taints).some((taint) => removalTaints.has(text(taint.key) ?? ''));
}
