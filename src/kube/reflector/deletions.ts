import type { Identity } from './change.ts';

/** Each costs a small request after a failure. */
const MAX_KEPT = 4;

interface Deletion extends Identity {
  /** As the object says it: RFC 3339, to the second. */
  readonly createdAt: string;
}

/**
 * Objects that are known to be deleted: one that is there again shows that a database was restored. A backup is shown by an object that was
 * created before it and deleted after it. So the latest deletion is kept, and an earlier one only if its object was older than those of all
 * later ones.
 */
export class Deletions {
  #kept: readonly Deletion[] = [];

  get kept(): readonly Identity[] {
    return this.#kept;
  }

  note(identity: Identity, object: unknown): void {
    const { metadata } = object as { metadata?: { creationTimestamp?: unknown } };
    const createdAt = metadata?.creationTimestamp;
    if (typeof createdAt !== 'string') return;
    const older = this.#kept.filter((deletion) => deletion.createdAt < createdAt);
    this.#kept = [{ ...identity, createdAt }, ...older].slice(0, MAX_KEPT);
  }

  clear(): void {
    this.#kept = [];
  }
}
