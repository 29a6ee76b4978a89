import type * as k8s from '@kubernetes/client-node';
import { isLabelOperator, meets } from '../../lib/label-selector.ts';
import { fields, type Fields, fieldsList, text, textOf, texts } from '../object-fields.ts';

/** What a node selector compares. */
export interface NodeIdentity {
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
