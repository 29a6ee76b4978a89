import type { Config } from '../config/index.ts';
import type { Evidence } from '../domain/environment.ts';
import { classDefinitions, type DetectedClass, type FailureClass } from '../domain/failure-classes.ts';
import type { Severity } from '../domain/ticket.ts';
import { matchesGlob } from '../lib/selectors.ts';
import { isSelected } from '../lib/selectors.ts';
import type { IncidentOpening } from './incident-draft.ts';

/** Severity of the ticket that an Incident opens, from what fails and what was read of it. */
export type SeverityOf = (
  opening: Pick<IncidentOpening, 'owner' | 'signals'>,
  evidence: Evidence,
) => Severity;

type Rule = Config['severity'][number];

/** By the first rule of the configuration that fits, else by the class. What ended long ago wakes nobody. */
export function severityBy({ severity: rules, classes }: Pick<Config, 'severity' | 'classes'>): SeverityOf {
  return ({ owner, signals }, evidence) => {
    if (signals.length > 0 && signals.every(({ isLeftover }) => isLeftover === true)) return 'low';
    const failureClass = signals[0]?.class ?? 'manual';
    const found = rules.find((rule) => fits(rule, { namespace: owner.namespace, failureClass, evidence }));
    if (found !== undefined) return found.severity;
    const own = failureClass === 'manual' ? undefined : classes[failureClass]?.severity;
    return own ?? classDefinitions[failureClass].severity;
  };
}

interface Failure {
  readonly namespace: string;
  readonly failureClass: FailureClass;
  readonly evidence: Evidence;
}

/** Each part that a rule has must fit. What is not known fits none: a ticket that is too severe is the smaller mistake. */
function fits(
  { namespaces, workloadSelector, classes, oldRevisionServes: wanted }: Rule,
  { namespace, failureClass, evidence }: Failure,
): boolean {
  const { ownerLabels } = evidence;
  return (
    (namespaces === undefined ||
      (namespace !== '' && namespaces.some((pattern) => matchesGlob(pattern, namespace)))) &&
    (classes === undefined || classes.includes(failureClass as DetectedClass)) &&
    (wanted === undefined || oldRevisionServes(evidence) === wanted) &&
    (workloadSelector === undefined ||
      (ownerLabels !== undefined && isSelected(workloadSelector, new Map(Object.entries(ownerLabels)))))
  );
}

/**
 * Whether pods of a revision before the newest are ready. A ReplicaSet says it itself; of a StatefulSet or DaemonSet it is so where more
 * are ready than there are pods of the newest revision.
 */
export function oldRevisionServes({ owner, rollout }: Pick<Evidence, 'owner' | 'rollout'>): boolean {
  const { revisions = [] } = rollout ?? {};
  const old = revisions.filter(({ isCurrent }) => !isCurrent);
  if (old.some(({ ready = 0 }) => ready > 0)) return true;
  const ofNewest = revisions.find(({ isCurrent }) => isCurrent)?.pods;
  const isCounted = old.some(({ ready, pods = 0 }) => ready === undefined && pods > 0);
  return isCounted && ofNewest !== undefined && (owner?.replicas?.ready ?? 0) >= Math.max(1, ofNewest);
}
