import type * as k8s from '@kubernetes/client-node';
import { MINUTE } from '../domain/clock.ts';
import type { PodFacts } from '../domain/environment.ts';

/**
 * Reading of objects as the API server sends them: every value is unknown until it is checked, and no
 * value, however odd, makes these functions throw. The type argument lends only the names of the fields.
 */
export type Fields<T> = { readonly [K in keyof T]?: unknown };

const none: Readonly<Record<string, unknown>> = Object.freeze({});

/** The fields of an object; anything else has none. */
export function fields<T>(value: unknown): Fields<T> {
  return (isRecord(value) ? value : none) as Fields<T>;
}

/** The objects of an array; anything else has none, and entries that are no objects are left out. */
export function fieldsList<T>(value: unknown): readonly Fields<T>[] {
  return Array.isArray(value) ? (value.filter(isRecord) as Fields<T>[]) : [];
}

/** The metadata of an object. */
export function metaOf(object: { readonly metadata?: unknown } | undefined): Fields<k8s.V1ObjectMeta> {
  return fields<k8s.V1ObjectMeta>(object?.metadata);
}

/** A string that says something. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The strings of an array. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** A whole number within the range in which all are exact. */
export function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** Epoch milliseconds of an RFC 3339 time. Times at or before 1970 are how some runtimes say "never". */
export function timeAt(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value);
  return at > 0 ? at : undefined;
}

/** The entries of a map of strings, e.g. of labels. */
export function textEntries(value: unknown): readonly (readonly [string, string])[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

/** The value of one key of a map of strings; inherited properties do not count. */
export function textOf(map: unknown, key: string): string | undefined {
  if (!isRecord(map) || !Object.hasOwn(map, key)) return undefined;
  const value = map[key];
  return typeof value === 'string' ? value : undefined;
}

/**
 * At most `max` UTF-16 units of a text. What is cut is a fresh copy: a plain slice would keep the whole of a
 * long text alive. A surrogate pair cut in half is replaced, so the result is always valid Unicode.
 */
export function cut(value: string, max: number): string {
  if (value.length <= max) return value;
  return Buffer.from(value.slice(0, max)).toString();
}

/** The same object without the fields that are undefined, which `exactOptionalPropertyTypes` keeps apart. */
export type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the fields that are undefined. */
export function present<T extends object>(object: T): Present<T> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) if (value !== undefined) result[key] = value;
  return result as Present<T>;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How often and when something was reported. */
export interface EventTimes {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Count and times of an Event of events.k8s.io/v1. Reporters of the old API (the kubelet among them) fill only the
 * `deprecated` fields; those of the new one `eventTime` and, from the second time on, `series`. Where no field says
 * when, the Event's own creation counts.
 */
export function eventTimes(object: unknown): EventTimes {
  const event = fields<k8s.EventsV1Event>(object);
  const series = fields<k8s.EventsV1EventSeries>(event.series);
  const createdAt = creationOf(object) ?? 0;
  const firstAt = timeAt(event.deprecatedFirstTimestamp) ?? timeAt(event.eventTime) ?? createdAt;
  const lastAt = timeAt(series.lastObservedTime) ?? timeAt(event.deprecatedLastTimestamp) ?? firstAt;
  const count = integer(series.count) ?? integer(event.deprecatedCount) ?? 1;
  return { count: Math.max(1, count), firstAt, lastAt: Math.max(firstAt, lastAt) };
}

function creationOf(object: unknown): number | undefined {
  const { metadata } = fields<{ metadata: unknown }>(object);
  return timeAt(fields<{ creationTimestamp: string }>(metadata).creationTimestamp);
}

/** A reporter sends what it reports at once, and gives up after two minutes (record/event.go of client-go: 12 times, 10 seconds). */
const LATEST_MS = 5 * MINUTE;
/** Clocks of a cluster differ by less. */
const AHEAD_MS = MINUTE;

/**
 * The same by the clock of the API server, which writes when an Event was made: its reporter may have another. One that was made anew
 * after an hour keeps its first time, so that only a last time before that shows a clock that is behind.
 */
export function clusterEventTimes(object: unknown): EventTimes {
  const { count, firstAt, lastAt } = eventTimes(object);
  const createdAt = creationOf(object) ?? firstAt;
  const isForeign = firstAt > createdAt + AHEAD_MS || lastAt < createdAt - LATEST_MS;
  const ahead = isForeign ? firstAt - createdAt : 0;
  return { count, firstAt: firstAt - ahead, lastAt: lastAt - ahead };
}

/** What client-go's recorder puts before the text when something is said in other words ten times (tools/record/events_cache.go). */
const COMBINED = /^(?:\(combined from similar events\): )+/;

/** What an Event says, whether its reporter has put several of them together or not. */
export function plainNote(note: string): string {
  return note.replace(COMBINED, '');
}

/** `spec.containers{app}`, `spec.initContainers{migrate}`: the container that a kubelet's Event is about. */
const CONTAINER_PATH = /^spec\.\w+\{([^}]+)\}$/;

/** The name of the container in the `fieldPath` of an Event's object, if it names one. */
export function containerIn(fieldPath: string): string | undefined {
  return CONTAINER_PATH.exec(fieldPath)?.[1];
}

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

/** `deletionTimestamp` is when the grace period ends, not when the deletion was asked for. Epoch milliseconds. */
export function deletedAt(meta: Fields<k8s.V1ObjectMeta>): number | undefined {
  const graceEndsAt = timeAt(meta.deletionTimestamp);
  if (graceEndsAt === undefined) return undefined;
  return graceEndsAt - Math.max(0, integer(meta.deletionGracePeriodSeconds) ?? 0) * 1_000;
}

/** The same as RFC 3339. */
export function deletionRequestedAt(meta: Fields<k8s.V1ObjectMeta>): string | undefined {
  const at = deletedAt(meta);
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** Who has to let go of an object before it is gone; undefined for nobody. */
export function finalizersOf(meta: Fields<k8s.V1ObjectMeta>): string[] | undefined {
  const names = texts(meta.finalizers).map((name) => words(name) ?? '');
  return names.length === 0 ? undefined : names.slice(0, MAX_ENTRIES);
}
