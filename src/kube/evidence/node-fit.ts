import type * as k8s from '@kubernetes/client-node';
import { sayQuantity } from '../../lib/quantity.ts';
import {
  fields,
  type Fields,
  fieldsList,
  metaOf,
  text,
  textEntries,
  textOf,
  texts,
} from '../object-fields.ts';
import { type Amounts, amountsOf, podRequests } from './requests-and-usage.ts';
import { isLabelOperator, meets } from '../../lib/selectors.ts';

/** A pod as the scheduler compares it with nodes. */
export interface PodRequirements {
  readonly requests: Amounts;
  readonly spec: Fields<k8s.V1PodSpec>;
}

export function requirementsOf(pod: Fields<k8s.V1Pod>): PodRequirements {
  // Every pod takes one place of a node.
  return { requests: new Map([...podRequests(pod), ['pods', 1]]), spec: fields<k8s.V1PodSpec>(pod.spec) };
}

/** The required terms of a pod's node affinity. */
export function requiredNodeTerms(spec: Fields<k8s.V1PodSpec>): unknown {
  const { nodeAffinity } = fields<{ nodeAffinity: object }>(spec.affinity);
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = fields<{
    requiredDuringSchedulingIgnoredDuringExecution: object;
  }>(nodeAffinity);
  return fields<{ nodeSelectorTerms: object[] }>(required).nodeSelectorTerms;
}

/**
 * What a node lacks for a pod, as far as that is known without the other pods: labels, tolerated taints, and amounts that
 * it does not even have when it is empty.
 */
export function nodeLacks(node: Fields<k8s.V1Node>, required: PodRequirements): string[] {
  return [...placeLacks(node, required), ...amountLacks(allocatableOf(node), required)];
}

/** What the pod requests beyond what is free, each in one line. */
export function amountLacks(free: Amounts, required: PodRequirements, word = 'allocatable'): string[] {
  return [...required.requests]
    .filter(([resource, amount]) => amount > 0 && amount > (free.get(resource) ?? 0))
    .map(([resource, amount]) => {
      const has = sayQuantity(resource, Math.max(0, free.get(resource) ?? 0));
      return `${resource}: ${sayQuantity(resource, amount)} requested, ${has} ${word}`;
    });
}

/** What a node has for pods. */
export function allocatableOf(node: Fields<k8s.V1Node>): Amounts {
  return amountsOf(fields<k8s.V1NodeStatus>(node.status).allocatable);
}

/** What is left of it beside its pods. */
export function freeOf(node: Fields<k8s.V1Node>, requested: Amounts): Amounts {
  return new Map(
    [...allocatableOf(node)].map(([resource, amount]) => [resource, amount - (requested.get(resource) ?? 0)]),
  );
}

function placeLacks(node: Fields<k8s.V1Node>, { spec }: PodRequirements): string[] {
  const { labels, name } = metaOf(node);
  const identity = { name: text(name) ?? '', labels };
  const terms = requiredNodeTerms(spec);
  const unmatched = Array.isArray(terms) && !matchesTerms(terms, identity);
  return [
    ...taintLacks(node, spec),
    ...textEntries(spec.nodeSelector).flatMap(([key, wanted]) => labelLack(key, wanted, textOf(labels, key))),
    ...(unmatched ? ['the required node affinity does not match'] : []),
  ];
}

function labelLack(key: string, wanted: string, has: string | undefined): string[] {
  if (has === wanted) return [];
  return [`label ${key}=${wanted} is wanted, ${has === undefined ? 'it has none' : `it is ${has}`}`];
}

/** Taints that keep pods away: PreferNoSchedule only makes a node less liked. */
const keepingOut = new Set(['NoSchedule', 'NoExecute']);
const CORDON = 'node.kubernetes.io/unschedulable';

function taintLacks(node: Fields<k8s.V1Node>, spec: Fields<k8s.V1PodSpec>): string[] {
  const { taints, unschedulable } = fields<k8s.V1NodeSpec>(node.spec);
  const tolerations = fieldsList<k8s.V1Toleration>(spec.tolerations);
  const refusing = fieldsList<k8s.V1Taint>(taints).filter(
    (taint) =>
      keepingOut.has(text(taint.effect) ?? '') && !tolerations.some((one) => isTolerated(taint, one)),
  );
  const cordon = { key: CORDON, effect: 'NoSchedule' };
  const isCordoned = unschedulable === true && !tolerations.some((one) => isTolerated(cordon, one));
  const others = refusing.filter(({ key }) => key !== CORDON);
  return [
    ...(isCordoned ? ['it is cordoned'] : []),
    ...others.map((taint) => `taint ${taintText(taint)} is not tolerated`),
  ];
}

function taintText({ key, value, effect }: Fields<k8s.V1Taint>): string {
  const is = text(value) === undefined ? '' : `=${text(value) ?? ''}`;
  return `${text(key) ?? ''}${is}:${text(effect) ?? ''}`;
}

/** As v1.Toleration says: no key tolerates all keys, no effect all effects. */
function isTolerated(
  taint: Fields<k8s.V1Taint>,
  { key, operator, value, effect }: Fields<k8s.V1Toleration>,
): boolean {
  if (text(effect) !== undefined && effect !== taint.effect) return false;
  if (operator === 'Exists') return text(key) === undefined || key === taint.key;
  return key === taint.key && (text(value) ?? '') === (text(taint.value) ?? '');
}

/** What a node selector compares. */
interface NodeIdentity {
  readonly name: string;
  readonly labels: unknown;
}

type Requirement = Fields<k8s.V1NodeSelectorRequirement>;

/** Whether one of the terms takes the node. A term without requirements takes none (v1.NodeSelectorTerm). */
export function matchesTerms(terms: unknown, node: NodeIdentity): boolean {
  return fieldsList<k8s.V1NodeSelectorTerm>(terms).some((term) => {
    const labels = fieldsList<k8s.V1NodeSelectorRequirement>(term.matchExpressions);
    const others = fieldsList<k8s.V1NodeSelectorRequirement>(term.matchFields);
    if (labels.length + others.length === 0) return false;
    return (
      labels.every((one) => isMet(one, textOf(node.labels, text(one.key) ?? ''))) &&
      // `metadata.name` is the only field that there is.
      others.every((one) => isMet(one, node.name))
    );
  });
}

function isMet(requirement: Requirement, value: string | undefined): boolean {
  const values = texts(requirement.values);
  const { operator } = requirement;
  if (isLabelOperator(operator)) return meets(value, { operator, values });
  // Nodes are also compared by numbers.
  if (operator === 'Gt') return Number(value) > Number(values[0]);
  // An operator that nobody knows yet: not to be blamed.
  return operator !== 'Lt' || Number(value) < Number(values[0]);
}

/** Each term in one line: `zone in (a, b) and gpu exists`. */
export function termLines(terms: unknown): string[] {
  return fieldsList<k8s.V1NodeSelectorTerm>(terms).map((term) =>
    [
      ...fieldsList<k8s.V1NodeSelectorRequirement>(term.matchExpressions),
      ...fieldsList<k8s.V1NodeSelectorRequirement>(term.matchFields),
    ]
      .map(requirementLine)
      .join(' and '),
  );
}

/** Requirements of a label selector, as a person says them. */
export function selectorLine(selector: unknown): string {
  const { matchLabels, matchExpressions } = fields<{ matchLabels: object; matchExpressions: object[] }>(
    selector,
  );
  const labels = Object.entries(fields<Record<string, unknown>>(matchLabels)).map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  const expressions = fieldsList<k8s.V1NodeSelectorRequirement>(matchExpressions).map(requirementLine);
  return [...labels, ...expressions].join(' and ');
}

const operators: Readonly<Record<string, string>> = {
  In: 'in',
  NotIn: 'not in',
  Gt: '>',
  Lt: '<',
  Exists: 'exists',
  DoesNotExist: 'does not exist',
};

function requirementLine(requirement: Requirement): string {
  const operator = text(requirement.operator) ?? '';
  const values = texts(requirement.values);
  const words = `${text(requirement.key) ?? '?'} ${operators[operator] ?? operator}`;
  return values.length === 0 ? words : `${words} (${values.join(', ')})`;
}
