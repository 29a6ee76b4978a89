/**
 * Incidents that are known by the answers to our own writes alone. No watch reports the loss of one that it has never shown, as when etcd is
 * restored or the CustomResourceDefinition is deleted in that second. A later list shows it: the Incident is not in it.
 */
export class UnseenWrites {
  /** Names by uid. */
  readonly #names = new Map<string, string>();
  /** Those that the list which is under way has to bring. */
  #awaited: readonly string[] = [];

  note(uid: string, name: string): void {
    this.#names.set(uid, name);
  }

  /** The watch has shown it, or it is known to be gone. */
  settle(uid: string): void {
    this.#names.delete(uid);
  }

  /** A list of all Incidents begins. What was answered to us before is in it, or does not exist any more. */
  listBegins(): void {
    this.#awaited = [...this.#names.keys()];
  }

  /** The list has come: those that it had to bring and has not. */
  missing(): readonly { readonly uid: string; readonly name: string }[] {
    return this.#awaited.flatMap((uid) => {
      const name = this.#names.get(uid);
      return name === undefined ? [] : [{ uid, name }];
    });
  }
}
