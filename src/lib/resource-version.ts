const DECIMAL = /^[1-9]\d*$/;

/**
 * Whether a watch may start here. The empty version and "0" would make the server replay everything as ADDED, in no
 * order.
 */
export function isUsableVersion(version: unknown): version is string {
  return typeof version === 'string' && version !== '' && version !== '0';
}

/**
 * Negative, zero or positive as `a` is older than, equal to or newer than `b`; NaN when they cannot be compared. Compared as text: they
 * may exceed 2^53. Decimal versions are comparable by KEP-5504, officially since Kubernetes 1.35.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return Number.NaN;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** Whether `a` is to be taken in place of `b`: it is newer, or nobody can tell. */
export function isNewer(a: string, b: string): boolean {
  return !(compareVersions(a, b) <= 0);
}

/** Whether `a` is certainly older than `b`. */
export function isOlder(a: string, b: string): boolean {
  return compareVersions(a, b) < 0;
}

interface Versioned {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Whether both are the same state of the same object. */
export function isSameVersion(left: Versioned | undefined, right: Versioned | undefined): boolean {
  return left !== undefined && left.uid === right?.uid && left.resourceVersion === right.resourceVersion;
}
