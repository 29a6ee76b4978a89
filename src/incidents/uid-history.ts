import { BoundedMap } from '../lib/bounded-map.ts';

/** Deleted Incidents remembered: an answer is late by seconds. */
const MAX_DELETED = 1_000;

/**
 * What was heard of Incidents, by their uids: which were deleted, and which are known by the answers to our own writes alone. No watch
 * reports the loss of one that it has never shown, as when etcd is restored or the CustomResourceDefinition is deleted in that second.
 * A later list shows it: the Incident is not in it.
 */
export class UidHistory {
  readonly #deleted = new BoundedMap<string, true>(MAX_DELETED);
  /** Names of those that no watch has shown. */
  readonly #unseen = new Map<string, string>();
  /** Those that the list which is under way has to bring. */
  #awaited: readonly string[] = [];

  /** The answer to a write of our own has told of it, and nothing else has. */
  noteWritten(uid: string, name: string): void {
    this.#unseen.set(uid, name);
  }

  /** The watch has shown it. */
  noteShown(uid: string): void {
    this.#deleted.delete(uid);
    this.#unseen.delete(uid);
  }

  noteDeleted(uid: string): void {
    this.#deleted.set(uid, true);
    this.#unseen.delete(uid);
  }

  isDeleted(uid: string): boolean {
    return this.#deleted.has(uid);
  }

  /** A list of all Incidents begins. What was answered to us before is in it, or does not exist any more. */
  noteListBegins(): void {
    this.#awaited = [...this.#unseen.keys()];
  }

  /** The list has come: those that it had to bring and has not. */
  missing(): readonly { readonly uid: string; readonly name: string }[] {
    return this.#awaited.flatMap((uid) => {
      const name = this.#unseen.get(uid);
      return name === undefined ? [] : [{ uid, name }];
    });
  }
}
