/** A condition of a Node, or what is kept of it. */
interface NodeCondition {
  readonly type: string;
  readonly status: string;
}

/**
 * Whether it is as on a healthy node. What is called ready is True there: the kubelet's own condition, and those of agents that watch one
 * part of the node (aws/eks-node-monitoring-agent). All others name a failure.
 */
export function isAsOnHealthyNode({ type, status }: NodeCondition): boolean {
  return status === (type.endsWith('Ready') ? 'True' : 'False');
}
