import { isFields } from './api-types.ts';

/** A deep copy of a JSON value. Fields that are `undefined` are left out, as they are on the wire. */
export function copyJson<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

/** Whether two JSON values say the same, in whatever order their fields stand. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  if (!isFields(a) || !isFields(b)) return a === b;
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...fields].every((field) => isSameJson(a[field], b[field]));
}
