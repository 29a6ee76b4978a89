import type * as k8s from '@kubernetes/client-node';
import { isAsOnHealthyNode } from '../domain/node-conditions.ts';
import type { NodeView } from '../domain/views.ts';
import { fields, type Fields, fieldsList, text, textOf, timeAt } from '../kube/object-fields.ts';
import { toBase, toConditions } from './object-meta.ts';

/** A Node and what is wrong with it. */
export function toNode(object: unknown): NodeView | undefined {
  const node = fields<k8s.V1Node>(object);
  const base = toBase(node.metadata, 'v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const spec = fields<k8s.V1NodeSpec>(node.spec);
  const conditions = toConditions(fields<k8s.V1NodeStatus>(node.status).conditions, own.createdAt).filter(
    (condition) => !isAsOnHealthyNode(condition),
  );
  return {
    kind: 'Node',
    ...own,
    conditions,
    ...(conditions.length === 0 ? undefined : { groups: groupsOf(node.metadata) }),
    unschedulable: spec.unschedulable === true,
    ...cordonedAt(spec, node.metadata),
    ...(isBeingRemoved(spec) ? { removing: true as const } : undefined),
    ...extras,
  };
}

/** The label of control planes, and its form before 1.20. */
const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** The node controller writes the time into the taint that goes with it. */
function cordonedAt(
  spec: Fields<k8s.V1NodeSpec>,
  metadata: unknown,
): Pick<NodeView, 'cordonedAt'> | undefined {
  if (spec.unschedulable !== true) return undefined;
  const { labels } = fields<k8s.V1ObjectMeta>(metadata);
  if (controlPlaneLabels.some((label) => textOf(labels, label) !== undefined)) return undefined;
  const taint = fieldsList<k8s.V1Taint>(spec.taints).find(
    ({ key }) => key === 'node.kubernetes.io/unschedulable',
  );
  const at = timeAt(taint?.timeAdded);
  return at === undefined ? undefined : { cordonedAt: at };
}

/** Labels of zones: the well-known one, and its form before Kubernetes 1.17. */
const zoneLabels = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
/** Labels by which clouds and provisioners name the nodes that they make together, as `eks.amazonaws.com/nodegroup`. */
const POOL_LABEL =
  /(?:^|[./-])(?:node-?pool(?:-name)?|node-?group(?:-name)?|pool-?name|agentpool|machine-?(?:set|deployment|pool)(?:-name)?|provisioner-name|rack)$/i;

/** `zone eu-central-1a`, `pool gpu`; zones first. */
function groupsOf(metadata: unknown): readonly string[] {
  const labels = Object.entries(fields<Record<string, unknown>>(fields<k8s.V1ObjectMeta>(metadata).labels));
  const named = (what: string, isMeant: (label: string) => boolean): readonly string[] =>
    labels.flatMap(([label, value]) =>
      isMeant(label) && typeof value === 'string' && value !== '' ? [`${what} ${value}`] : [],
    );
  const zones = named('zone', (label) => zoneLabels.includes(label));
  return [...new Set([...zones, ...named('pool', (label) => POOL_LABEL.test(label))])];
}

/** Taints by which autoscalers, clouds and administrators announce that they take a node away or work on it. */
const removalTaints = new Set([
  // cluster-autoscaler: utils/taints
  'ToBeDeletedByClusterAutoscaler',
  // karpenter: pkg/apis/v1/taints.go, and its form before 1.0
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  // cloud-provider: api/well_known_taints.go
  'node.cloudprovider.kubernetes.io/shutdown',
  // kubernetes: api/core/v1/well_known_taints.go; set by hand where a node is surely off
  'node.kubernetes.io/out-of-service',
  // GKE: node termination and maintenance handlers
  'cloud.google.com/impending-node-termination',
  // CAST AI
  'autoscaling.cast.ai/draining',
  // node-maintenance-operator: controllers/taint.go
  'medik8s.io/drain',
]);
/** Those whose last part says what is about to come: interruptions of spot machines, maintenance, scaling down. */
const removalPrefixes = ['aws-node-termination-handler/', 'aks-node-termination-handler/'];
/** Others say it in these words. `preemptible` and `spot` are what a machine is for all its life, `candidate` what it may become. */
const REMOVAL_WORDS =
  /\b(?:terminat(?:ing|ion)|interrupt(?:ed|ion)|preempt(?:ed|ing|ion)|drain(?:ing|ed)|shutdown|shutting-down|disrupt(?:ed|ion)|deleting|to-be-deleted|decommission(?:ing|ed))\b/i;

function isBeingRemoved(spec: Fields<k8s.V1NodeSpec>): boolean {
  return fieldsList<k8s.V1Taint>(spec.taints).some((taint) => {
    const key = text(taint.key) ?? '';
    return (
      removalTaints.has(key) ||
      REMOVAL_WORDS.test(key) ||
      removalPrefixes.some((prefix) => key.startsWith(prefix))
    );
  });
}
