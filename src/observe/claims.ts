import { nameKey } from '../domain/event-subject.ts';
import type { EventView, PodView } from '../domain/views.ts';

const CLAIM = 'PersistentVolumeClaim';

/** Which pods wait for which claims, and what Events say of these. */
export class Claims {
  readonly #pods = new Map<string, Set<string>>();
  /** Uids of claims by name, of those with Events. */
  readonly #uids = new Map<string, string>();
  readonly #claimsOf = new Map<string, readonly string[]>();

  /** Takes over what a pod waits for. */
  upsertPod({ uid, namespace, detail }: PodView): void {
    this.removePod(uid);
    const keys = detail?.claims?.map((name) => nameKey(CLAIM, namespace, name)) ?? [];
    if (keys.length === 0) return;
    this.#claimsOf.set(uid, keys);
    for (const key of keys) this.#pods.set(key, (this.#pods.get(key) ?? new Set()).add(uid));
  }

  removePod(uid: string): void {
    for (const key of this.#claimsOf.get(uid) ?? []) {
      this.#pods.get(key)?.delete(uid);
      if (this.#pods.get(key)?.size === 0) this.#pods.delete(key);
    }
    this.#claimsOf.delete(uid);
  }

  /** An Event about a claim has come or gone. */
  noteEvent({ regarding: { kind, namespace, name, uid } }: EventView, isLast: boolean): void {
    if (kind !== CLAIM) return;
    const key = nameKey(kind, namespace, name);
    if (!isLast) this.#uids.set(key, uid);
    else if (this.#uids.get(key) === uid) this.#uids.delete(key);
  }

  /** Uids of the claims with Events that a pod waits for. */
  ofPod(uid: string): readonly string[] {
    return (this.#claimsOf.get(uid) ?? []).flatMap((key) => this.#uids.get(key) ?? []);
  }

  /** Uids of the pods that wait for the claim that an Event is about. */
  podsOf({ regarding: { kind, namespace, name } }: EventView): readonly string[] {
    return kind === CLAIM ? [...(this.#pods.get(nameKey(kind, namespace, name)) ?? [])] : [];
  }
}
