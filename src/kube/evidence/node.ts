import type * as k8s from '@kubernetes/client-node';
import type { NodeFacts } from '../../domain/surroundings.ts';
import { MAX_ENTRIES, conditions, quantities, time, words } from './facts.ts';
import { metaOf, fields, type Fields, fieldsList, present, textOf } from '../object-fields.ts';

/** What a person would look up about a node. */
export function nodeFacts(node: Fields<k8s.V1Node>): NodeFacts {
  const { labels, name, creationTimestamp } = metaOf(node);
  const spec = fields<k8s.V1NodeSpec>(node.spec);
  const status = fields<k8s.V1NodeStatus>(node.status);
  const info = fields<k8s.V1NodeSystemInfo>(status.nodeInfo);
  return present({
    name: words(name) ?? '',
    providerID: words(spec.providerID),
    createdAt: time(creationTimestamp),
    zone: words(textOf(labels, 'topology.kubernetes.io/zone')),
    region: words(textOf(labels, 'topology.kubernetes.io/region')),
    instanceType: words(textOf(labels, 'node.kubernetes.io/instance-type')),
    architecture: words(info.architecture),
    kernelVersion: words(info.kernelVersion),
    osImage: words(info.osImage),
    containerRuntimeVersion: words(info.containerRuntimeVersion),
    kubeletVersion: words(info.kubeletVersion),
    unschedulable: spec.unschedulable === true ? true : undefined,
    heartbeatAt: heartbeatOf(status.conditions),
    conditions: conditions(status.conditions),
    capacity: quantities(status.capacity),
    allocatable: quantities(status.allocatable),
    taints: fieldsList<k8s.V1Taint>(spec.taints)
      .slice(0, MAX_ENTRIES)
      .map((taint) =>
        present({
          key: words(taint.key) ?? '',
          value: words(taint.value),
          effect: words(taint.effect) ?? '',
        }),
      ),
  });
}

/** When the kubelet last posted its state; the node controller leaves that time as it is when it marks the node. */
function heartbeatOf(conditionList: unknown): string | undefined {
  const ready = fieldsList<k8s.V1NodeCondition>(conditionList).find(({ type }) => type === 'Ready');
  return time(ready?.lastHeartbeatTime);
}
