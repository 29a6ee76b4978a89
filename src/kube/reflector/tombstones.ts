import type { Identity } from './change.ts';

/** Beyond it the oldest is forgotten: at worst a deleted object is held until the next list. */
const MAX_TOMBSTONES = 100_000;

/** Deletes that happened while a list was running. */
export interface Tombstones {
  /** Starts remembering, or forgets everything. */
  remember(remember: boolean): void;
  /** Does nothing unless told to remember. */
  add(identity: Identity): void;
  /** The version at which this uid was deleted. */
  get(uid: string): string | undefined;
}

export function createTombstones(): Tombstones {
  let deleted: Map<string, string> | undefined;
  return {
    remember: (remember) => {
      deleted = remember ? new Map() : undefined;
    },
    add: ({ uid, version }) => {
      if (deleted === undefined) return;
      deleted.set(uid, version);
      const [oldest] = deleted.keys();
      if (deleted.size > MAX_TOMBSTONES && oldest !== undefined) deleted.delete(oldest);
    },
    get: (uid) => deleted?.get(uid),
  };
}
