/** An entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` of an object as a client may send it. Times are RFC 3339 text, as on the wire. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  [field: string]: unknown;
}

/** A Kubernetes object as plain JSON. Only `metadata` is typed: the rest is read with `fieldAt`. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** An object after the server has accepted it: identity and version are set. */
export interface StoredObject extends KubeObject {
  metadata: ObjectMeta & { uid: string; resourceVersion: string; creationTimestamp: string };
}

/** A JSON object of unknown shape. */
export type Fields = Record<string, unknown>;

/** Whether `value` is a JSON object (not an array, not null). */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a nested field by its dotted path, e.g. `spec.nodeName`; `undefined` where the path ends early. */
export function fieldAt(value: unknown, path: string): unknown {
  let current = value;
  for (const step of path.split('.')) {
    if (!isFields(current)) return undefined;
    current = current[step];
  }
  return current;
}

/** Wire form of metav1.Time: whole seconds, UTC. `at` in epoch milliseconds. */
export function toTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Wire form of metav1.MicroTime: exactly six fraction digits, UTC. `at` in epoch milliseconds. */
export function toMicroTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

/** Reads a nested field as text; `''` where it is missing, `null` or not a plain value. */
export function textAt(value: unknown, path: string): string {
  const found = fieldAt(value, path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}
