import type * as k8s from '@kubernetes/client-node';
import type { OwnerFacts } from '../../domain/environment.ts';
import { isLabelOperator, isSelected } from '../../lib/selectors.ts';
import {
  fields,
  type Fields,
  fieldsList,
  integer,
  metaOf,
  nameOf,
  present,
  text,
  textEntries,
  texts,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import type { OwnerObject } from './owner.ts';

/** A namespace has one for each of its workloads at most. */
const MAX_BUDGETS = 100;

type Budget = NonNullable<OwnerFacts['disruptionBudgets']>[number];

/** The PodDisruptionBudgets that count the pods of this owner; undefined where there is none, or it has no replicas. */
export async function readBudgets(
  reader: EvidenceReader,
  object: Fields<OwnerObject> | undefined,
): Promise<readonly Budget[] | undefined> {
  const { replicas, template } = fields<{ replicas: number; template: { metadata: object } }>(object?.spec);
  if (object === undefined || replicas === undefined) return undefined;
  const { labels } = metaOf(fields<{ metadata: object }>(template));
  const own = new Map(textEntries(labels));
  const field = 'owner.disruptionBudgets';
  const path = listPath('PodDisruptionBudget', text(metaOf(object).namespace) ?? '');
  const page = await reader.page<k8s.V1PodDisruptionBudget>(field, path, { limit: MAX_BUDGETS });
  reader.omitRest(field, page, 'were read');
  const found = page.items.filter((budget) => counts(budget, own)).map(budgetFacts);
  return found.length === 0 ? undefined : found;
}

/** Whether the selector of a budget fits. One that cannot be read fits nothing; an empty one all (policy/v1). */
function counts({ spec }: Fields<k8s.V1PodDisruptionBudget>, labels: ReadonlyMap<string, string>): boolean {
  const { selector } = fields<k8s.V1PodDisruptionBudgetSpec>(spec);
  if (typeof selector !== 'object' || selector === null) return false;
  const { matchLabels, matchExpressions } = fields<k8s.V1LabelSelector>(selector);
  const expressions = fieldsList<k8s.V1LabelSelectorRequirement>(matchExpressions).flatMap((one) => {
    const { key, operator, values } = one;
    return isLabelOperator(operator) ? [{ key: text(key) ?? '', operator, values: texts(values) }] : [];
  });
  const isWhole = expressions.length === fieldsList(matchExpressions).length;
  return (
    isWhole &&
    isSelected(
      { matchLabels: Object.fromEntries(textEntries(matchLabels)), matchExpressions: expressions },
      labels,
    )
  );
}

function budgetFacts(budget: Fields<k8s.V1PodDisruptionBudget>): Budget {
  const { minAvailable, maxUnavailable } = fields<k8s.V1PodDisruptionBudgetSpec>(budget.spec);
  const status = fields<k8s.V1PodDisruptionBudgetStatus>(budget.status);
  return present({
    name: words(nameOf(budget)) ?? '',
    minAvailable: amountWord(minAvailable),
    maxUnavailable: amountWord(maxUnavailable),
    healthy: integer(status.currentHealthy),
    wanted: integer(status.desiredHealthy),
    allowed: integer(status.disruptionsAllowed),
  });
}

/** A number or a share: `2`, `50%`. */
function amountWord(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : words(value);
}
