import type { StoredObject } from './api-types.ts';

/** One write. `previous` is the object before it; for a deletion `object` is the last one, in the deletion's version. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly storage: string;
  readonly key: string;
  readonly revision: number;
  readonly object: StoredObject;
  readonly previous?: StoredObject;
}

/** The last changes, oldest first. */
export interface History {
  add(change: Change): void;
  /** The oldest revision whose later changes are all still known. */
  oldestRevision(): number;
  /** The changes of a storage after `revision`, oldest first; complete only from `oldestRevision` on. */
  after(storage: string, revision: number): readonly Change[];
  /** Forgets everything up to `revision`, the newest. */
  forget(revision: number): void;
}

/** A history of at most `limit` changes that begins at revision 1. */
export function createHistory(limit: number): History {
  let changes: Change[] = [];
  let oldestRevision = 1;
  return {
    add: (change) => {
      changes.push(change);
      const dropped = changes.length > limit ? changes.shift() : undefined;
      oldestRevision = dropped?.revision ?? oldestRevision;
    },
    oldestRevision: () => oldestRevision,
    after: (storage, revision) =>
      changes.filter((change) => change.revision > revision && change.storage === storage),
    forget: (revision) => {
      changes = [];
      oldestRevision = revision;
    },
  };
}
