import type { V1Node, V1NodeSpec, V1NodeStatus } from '@kubernetes/client-node';
import type { Condition, NodeView } from '../domain/views.ts';
import { fields } from '../kube/evidence/raw.ts';
import { toBase, toConditions } from './base.ts';

/** A Node and what is wrong with it. */
export function toNode(object: unknown): NodeView | undefined {
  const node = fields<V1Node>(object);
  const base = toBase(node.metadata, 'v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  return {
    kind: 'Node',
    ...own,
    conditions: toConditions(fields<V1NodeStatus>(node.status).conditions, own.createdAt).filter(isTrouble),
    unschedulable: fields<V1NodeSpec>(node.spec).unschedulable === true,
    ...extras,
  };
}

/** `Ready` must be true. All others name a trouble (MemoryPressure, those of node-problem-detector), or are for others. */
function isTrouble(condition: Condition): boolean {
  return condition.status !== (condition.type === 'Ready' ? 'True' : 'False');
}
