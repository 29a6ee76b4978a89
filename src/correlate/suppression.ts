import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import { matchesGlob } from '../lib/selectors.ts';
import { type ClusterLookup, type Marks, ownerMarks } from './owner.ts';
import type { Silences } from './silences.ts';

/** What keeps an owner out of automatic filing. The names are the values of a metric's label. */
export const suppressions = [
  'ownRelease',
  'namespaceExcluded',
  'namespaceNotIncluded',
  'namespaceNotSelected',
  'namespaceIgnored',
  'namespaceDeleted',
  'workloadNotSelected',
  'ignored',
  'classDisabled',
] as const;
export type Suppression = (typeof suppressions)[number];

/** Rules by which owners are kept out of automatic filing, of the configuration and our own. */
export interface SuppressionRules {
  /** Names and patterns. */
  readonly excludeNamespaces: readonly string[];
  /** Names and patterns; without it, or empty, all. */
  readonly includeNamespaces?: readonly string[];
  readonly disabledClasses: ReadonlySet<FailureClass>;
  /** Those of the configuration. */
  readonly silences?: Silences;
  /** The agent's own workload: it cannot report that it is down, and must not try. */
  readonly ownRelease?: { readonly namespace: string; readonly name: string };
}

/**
 * Why this owner is kept out of automatic filing, if it is. `view` is the object that fails: it stands in for an owner that
 * is not known.
 */
export function suppressionOf(
  owner: ObjectRef,
  view: ObjectView,
  rules: SuppressionRules,
  lookup: ClusterLookup,
): Suppression | undefined {
  const { kind, namespace, name } = owner;
  if (rules.ownRelease?.namespace === namespace && rules.ownRelease.name === name) return 'ownRelease';
  if (kind === 'Namespace' && namespace === '') return namespaceRule(name, rules, lookup);
  const own = (): Suppression | undefined => workloadRule(ownerMarks(owner, lookup) ?? view);
  // What lies in no namespace, a node, is no matter of their rules.
  if (namespace === '') return own();
  return namespaceRule(namespace, rules, lookup) ?? goneWith(namespace, view, lookup) ?? own();
}

/** Controllers go on making pods in a namespace that somebody has deleted. What is to go itself and cannot is told all the same. */
function goneWith(namespace: string, view: ObjectView, lookup: ClusterLookup): Suppression | undefined {
  const isDeleted = lookup.byName('Namespace', '', namespace)?.deletedAt !== undefined;
  return isDeleted && view.deletedAt === undefined ? 'namespaceDeleted' : undefined;
}

function workloadRule({ unselected, ignored }: Marks): Suppression | undefined {
  if (unselected === true) return 'workloadNotSelected';
  return ignored === true ? 'ignored' : undefined;
}

function namespaceRule(
  name: string,
  rules: SuppressionRules,
  lookup: ClusterLookup,
): Suppression | undefined {
  const { excludeNamespaces, includeNamespaces = [] } = rules;
  if (excludeNamespaces.some((pattern) => matchesGlob(pattern, name))) return 'namespaceExcluded';
  const isIncluded =
    includeNamespaces.length === 0 || includeNamespaces.some((pattern) => matchesGlob(pattern, name));
  if (!isIncluded) return 'namespaceNotIncluded';
  // One that cannot be seen is not passed over: a ticket too many is better than none.
  const namespace = lookup.byName('Namespace', '', name);
  if (namespace?.unselected === true) return 'namespaceNotSelected';
  return namespace?.ignored === true ? 'namespaceIgnored' : undefined;
}
