/** A condition of a Node, or what is kept of it. */
interface NodeCondition {
  readonly type: string;
  readonly status: string;
}

/** What is True on a healthy node. All others name a failure, and are False there. */
const GOOD = /(?<!Not)Ready$|^SufficientIP$/;

/**
 * Whether it is as on a healthy node. What is called ready is True there: the kubelet's own condition, and those of agents that watch one
 * part of the node (aws/eks-node-monitoring-agent); so is `SufficientIP` (AliyunContainerService/terway). `EtcdIsVoter` tells what the node
 * is for, well or not (k3s-io/k3s).
 */
export function isAsOnHealthyNode({ type, status }: NodeCondition): boolean {
  return type === 'EtcdIsVoter' || status === (GOOD.test(type) ? 'True' : 'False');
}
