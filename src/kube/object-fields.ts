import type * as k8s from '@kubernetes/client-node';

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
