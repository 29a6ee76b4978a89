import type * as k8s from '@kubernetes/client-node';
import type { PodFacts } from '../../domain/environment.ts';
import {
  cut,
  type Fields,
  fieldsList,
  integer,
  metaOf,
  present,
  text,
  textEntries,
  texts,
  timeAt,
} from '../object-fields.ts';

/** Longest single text that evidence keeps: a container's termination message has at most 4,096 bytes. */
export const MAX_TEXT_LENGTH = 4_096;
/** Most entries of any list in the evidence: labels, conditions, variables, volumes. */
export const MAX_ENTRIES = 100;

/** A text of the cluster, cut to what evidence keeps. */
export function words(value: unknown): string | undefined {
  const found = text(value);
  return found === undefined ? undefined : cut(found, MAX_TEXT_LENGTH);
}

/** The name of an object; empty for one without. */
export function nameOf(object: { readonly metadata?: unknown }): string {
  return words(metaOf(object).name) ?? '';
}

/** A time as it stands on the wire; undefined when it is none. */
export function time(value: unknown): string | undefined {
  return timeAt(value) === undefined ? undefined : (value as string);
}

/** Quantities by resource name. */
export function quantities(value: unknown): Record<string, string> {
  return Object.fromEntries(textEntries(value).slice(0, MAX_ENTRIES));
}

type ConditionFacts = PodFacts['conditions'][number];

/** `status.conditions` as they are. */
export function conditions(value: unknown): ConditionFacts[] {
  return fieldsList<Required<ConditionFacts>>(value)
    .slice(0, MAX_ENTRIES)
    .map((condition) =>
      present({
        type: words(condition.type) ?? '',
        status: words(condition.status) ?? '',
        reason: words(condition.reason),
        message: words(condition.message),
        lastTransitionTime: time(condition.lastTransitionTime),
      }),
    );
}

/** Labels that say what an object is and where; others may say anything, and stay in the cluster. */
const labelNames = new Set([
  'app',
  'version',
  'helm.sh/chart',
  'pod-template-hash',
  'controller-revision-hash',
]);
const labelPrefixes = ['app.kubernetes.io/', 'topology.kubernetes.io/', 'batch.kubernetes.io/'];

/** The labels on the allow-list. */
export function allowedLabels(labels: unknown): Record<string, string> {
  const isAllowed = ([name]: readonly [string, string]): boolean =>
    labelNames.has(name) || labelPrefixes.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(textEntries(labels).filter(isAllowed).slice(0, MAX_ENTRIES));
}

/** `deletionTimestamp` is when the grace period ends, not when the deletion was asked for. */
export function deletionRequestedAt(meta: Fields<k8s.V1ObjectMeta>): string | undefined {
  const endsAt = time(meta.deletionTimestamp);
  if (endsAt === undefined) return undefined;
  const graceMs = Math.max(0, integer(meta.deletionGracePeriodSeconds) ?? 0) * 1_000;
  return new Date(Date.parse(endsAt) - graceMs).toISOString();
}

/** Who has to let go of an object before it is gone; undefined for nobody. */
export function finalizersOf(meta: Fields<k8s.V1ObjectMeta>): string[] | undefined {
  const names = texts(meta.finalizers).map((name) => words(name) ?? '');
  return names.length === 0 ? undefined : names.slice(0, MAX_ENTRIES);
}
