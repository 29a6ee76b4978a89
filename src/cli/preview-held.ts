import { incidentKey, rootOwner } from '../correlate/index.ts';
import { holdOf } from '../detect/pod.ts';
import type { PodView } from '../domain/views.ts';
import { plural } from '../lib/text.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import { type Found, nameOf } from './preview-rows.ts';

/**
 * Owners whose pods somebody holds back: behind a scheduling gate, for their gang or in a queue. That is no failure, and nothing is ever filed
 * for it, but who looks for a missing workload wants to see it. Pods that give way to all others are places kept free, and not told.
 */
export function heldRows(index: ClusterIndex): readonly Found[] {
  const held = [...index.unwellPods()].filter(
    (pod) => holdOf(pod) !== undefined && pod.detail?.givesWay !== true && pod.deletedAt === undefined,
  );
  const owners = Map.groupBy(held, (pod) => incidentKey('preview', rootOwner(pod, index)));
  return [...owners.values()].map((pods) => heldRow(pods, index));
}

function heldRow(pods: readonly PodView[], index: ClusterIndex): Found {
  const [first] = pods;
  if (first === undefined) throw new Error('a group without a pod');
  const gates = [...new Set(pods.flatMap(({ detail }) => detail?.gates ?? []))].toSorted();
  const behind =
    gates.length === 0
      ? 'for a gang or a queue'
      : `behind gate${gates.length === 1 ? '' : 's'} ${gates.join(', ')}`;
  const row = {
    workload: nameOf(rootOwner(first, index)),
    class: '-',
    message: holdOf(first)?.message ?? '',
    affected: pods.length,
    verdict: `held on purpose: ${plural(pods.length, 'pod')} wait${pods.length === 1 ? 's' : ''} ${behind}`,
  };
  return {
    row,
    pod: { apiVersion: 'v1', kind: 'Pod', namespace: first.namespace, name: first.name, uid: first.uid },
  };
}
