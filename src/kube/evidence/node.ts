import type * as k8s from '@kubernetes/client-node';
import type { NodeFacts } from '../../domain/environment-facts.ts';
import {
  conditions,
  fields,
  type Fields,
  fieldsList,
  MAX_ENTRIES,
  metaOf,
  nameOf,
  present,
  quantities,
  text,
  textOf,
  time,
  words,
} from '../object-fields.ts';
import { containersOf, resourcesOf } from './container.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import {
  hasNoLimit,
  isFinished,
  largestBy,
  ownersOf,
  requestedBy,
  sayAmounts,
} from './requests-and-usage.ts';

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

/** Further failing pods are one kubectl away. */
const MAX_FAILING = 20;

/** All pods on a node: at most a few hundred, as the kubelet takes no more. Undefined when they cannot be read. */
export async function readPodsOn(
  reader: EvidenceReader,
  node: string,
  field: string,
): Promise<readonly Fields<k8s.V1Pod>[] | undefined> {
  // From the cache of the API server, which has an index by node; without the version it would read all pods from etcd.
  const query = { fieldSelector: `spec.nodeName=${node}`, resourceVersion: 0 };
  const page = await reader.page<k8s.V1Pod>(field, '/api/v1/pods', query);
  return page.isRead ? page.items : undefined;
}

/** A node with what runs on it. */
export async function readLoadedNode(reader: EvidenceReader, node: Fields<k8s.V1Node>): Promise<NodeFacts> {
  const facts = nodeFacts(node);
  const pods = await readPodsOn(reader, facts.name, 'node.pods');
  return pods === undefined ? facts : { ...facts, ...loadOf(pods) };
}

/** A node with what runs on it, and with the last sign of life of its kubelet. */
export async function readFailingNode(reader: EvidenceReader, node: Fields<k8s.V1Node>): Promise<NodeFacts> {
  const [facts, leaseRenewedAt] = await Promise.all([
    readLoadedNode(reader, node),
    readLease(reader, nameOf(node)),
  ]);
  return leaseRenewedAt === undefined ? facts : { ...facts, leaseRenewedAt };
}

/** Whether a container ran out of memory without a limit of its own: then the node had no more. */
export function isUnlimited(pod: Fields<k8s.V1Pod> | undefined): boolean {
  return containersOf(pod ?? {}).some(({ spec, status }) => {
    const ends = [status.state, status.lastState].map(
      (state) => fields<{ terminated: object }>(state).terminated,
    );
    const isKilled = ends.some((end) => fields<{ reason: string }>(end).reason === 'OOMKilled');
    return isKilled && resourcesOf(spec).limits['memory'] === undefined;
  });
}

/** What pods take of their node, and which of them fail. */
export function loadOf(pods: readonly Fields<k8s.V1Pod>[]): Pick<NodeFacts, 'requested' | 'pods'> {
  const requested = requestedBy(pods);
  const failing = pods.flatMap(failingPod);
  const present = pods.filter((pod) => !isFinished(pod));
  const failed = pods.filter(isFinished).flatMap(failingPod).length;
  return {
    requested: sayAmounts(requested),
    pods: {
      count: requested.get('pods') ?? 0,
      failingCount: failing.length,
      ...(failed === 0 ? {} : { failedCount: failed }),
      failing: failing.slice(0, MAX_FAILING),
      owners: ownersOf(present),
      unlimited: present.filter(hasNoLimit).length,
      largest: largestBy(present, 'memory'),
    },
  };
}

/** Kubelets keep their Leases in a namespace of their own (kubernetes.io/docs/concepts/architecture/leases). */
async function readLease(reader: EvidenceReader, node: string): Promise<string | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${encodeURIComponent(node)}`;
  const lease = await reader.object<k8s.V1Lease>('node.leaseRenewedAt', path);
  return time(fields<{ renewTime: string }>(lease?.spec).renewTime);
}

type FailingPod = NonNullable<NodeFacts['pods']>['failing'][number];

function failingPod(pod: Fields<k8s.V1Pod>): FailingPod[] {
  const reason = problemOf(pod);
  if (reason === undefined) return [];
  const { namespace, name } = metaOf(pod);
  return [{ namespace: words(namespace) ?? '', name: words(name) ?? '', reason }];
}

/** What is wrong with a pod in one word; undefined for one that is ready, has finished by itself, or is on its way out. */
export function problemOf(pod: Fields<k8s.V1Pod>): string | undefined {
  const { phase, reason, conditions } = fields<k8s.V1PodStatus>(pod.status);
  // Those without a reason are mostly runs of Jobs, which may be old.
  if (phase === 'Failed') return words(reason);
  if (isFinished(pod) || text(metaOf(pod).deletionTimestamp) !== undefined) return undefined;
  const isReady = fieldsList<k8s.V1PodCondition>(conditions).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  if (isReady) return undefined;
  return containerProblem(pod) ?? words(reason) ?? (phase === 'Pending' ? 'Pending' : 'NotReady');
}

function containerProblem(pod: Fields<k8s.V1Pod>): string | undefined {
  const states = containersOf(pod)
    .filter(({ role }) => role !== 'ephemeral')
    .map(({ status }) => fields<{ waiting: object; terminated: object }>(status.state));
  const reasons = states.flatMap(({ waiting, terminated }) => [
    words(fields<{ reason: string }>(waiting).reason),
    isFailure(terminated) ? words(fields<{ reason: string }>(terminated).reason) : undefined,
  ]);
  return reasons.find((reason) => reason !== undefined && reason !== 'PodInitializing');
}

function isFailure(terminated: unknown): boolean {
  const { exitCode } = fields<{ exitCode: number }>(terminated);
  return exitCode !== undefined && exitCode !== 0;
}
