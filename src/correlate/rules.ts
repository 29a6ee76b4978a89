import { MINUTE } from '../domain/clock.ts';
import type { FailureClass, ObjectRef } from '../domain/failure.ts';
import type { ClusterLookup } from './owner.ts';

/** How long a failure of each class must stand before it opens an incident, unless its cause is final. */
export const defaultHoldMs: Readonly<Record<FailureClass, number>> = {
  node: 2 * MINUTE,
  storage: 5 * MINUTE,
  create: 2 * MINUTE,
  image: 5 * MINUTE,
  config: MINUTE,
  scheduling: 5 * MINUTE,
  job: 0,
  crash: 0,
  start: 5 * MINUTE,
  probe: 10 * MINUTE,
  rollout: 15 * MINUTE,
  eviction: 5 * MINUTE,
  event: 0,
  terminating: 30 * MINUTE,
  manual: 0,
};

/** What keeps an owner out of automatic filing. The names are the values of a metric's label. */
export const suppressions = [
  'ignored',
  'namespaceIgnored',
  'namespaceExcluded',
  'ownRelease',
  'classDisabled',
] as const;
export type Suppression = (typeof suppressions)[number];

export interface Rules {
  readonly excludeNamespaces: readonly string[];
  readonly disabledClasses: ReadonlySet<FailureClass>;
  /** The agent's own workload: it cannot report that it is down, and must not try. */
  readonly ownRelease?: { readonly namespace: string; readonly name: string };
}

/** Why this owner is kept out of automatic filing, if it is. */
export function suppressionOf(
  owner: ObjectRef,
  rules: Rules,
  lookup: ClusterLookup,
): Suppression | undefined {
  if (rules.excludeNamespaces.includes(owner.namespace)) return 'namespaceExcluded';
  if (rules.ownRelease?.namespace === owner.namespace && rules.ownRelease.name === owner.name)
    return 'ownRelease';
  if (lookup.byName(owner.kind, owner.namespace, owner.name)?.ignored === true) return 'ignored';
  if (lookup.byName('Namespace', '', owner.namespace)?.ignored === true) return 'namespaceIgnored';
  return undefined;
}
