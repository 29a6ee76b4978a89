import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { OwnerReader, OwnerReading } from '../domain/ports.ts';
import type { ObjectView, OwnerAnswer, OwnerReference } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { type Worker, WorkQueue } from '../lib/work-queue.ts';

/** Owners that are read or wait for it. Of more, what their references say has to be enough. */
const MAX_READS = 1_000;
const MAX_CONCURRENT = 4;
/** An API server may be away for minutes, and nothing can be filed then. A kind whose conversion is broken must not wait for ever. */
const PATIENCE_MS = 5 * MINUTE;
const BACKOFF = { initMs: 2 * SECOND, maxMs: 30 * SECOND, jitter: 0 };
/** A person may have annotated or labelled the owner since, or given the right to read it. */
const FRESH_MS = 10 * MINUTE;

/** What became of a read; `failed` after minutes of tries, `skipped` where too many wait. */
export type OwnerOutcome = OwnerReading['kind'] | 'failed' | 'skipped';

export interface CustomOwnersDeps {
  readonly reader: OwnerReader;
  readonly clock: Clock;
  readonly index: Pick<ClusterIndex, 'answer' | 'answerOf' | 'byUid'>;
  /** Looks at an object again, now that its owner is known. */
  readonly look: (view: ObjectView) => void;
  readonly report: { readonly ownerRead: (outcome: OwnerOutcome) => void };
  /** Ends all reads. */
  readonly signal: AbortSignal;
}

interface Read {
  readonly reference: OwnerReference;
  readonly namespace: string;
  /** The objects that wait for it, by uid. */
  readonly waiting: Map<string, ObjectView>;
  readonly giveUpAt: number;
}

/**
 * Owners that are not watched, read once each and off the event path. Whose an owner is stays as it was first read, since another
 * answer would be another key. One that cannot be read is what its reference names, until it can: an incident that stands
 * by then keeps its key (`findOwner`).
 */
export class CustomOwners {
  readonly #deps: CustomOwnersDeps;
  /** By uid. Others are read while one waits for another try: one kind that cannot be read must not hold up the rest. */
  readonly #reads = new Map<string, Read>();
  readonly #queue: WorkQueue<Read>;
  /** Those that could not be read, by uid, until they are asked for again. */
  readonly #unread = new BoundedMap<string, { readonly namespace: string; readonly until: number }>(
    MAX_READS,
  );

  constructor(deps: CustomOwnersDeps) {
    this.#deps = deps;
    const { clock, signal } = deps;
    this.#queue = new WorkQueue({
      clock,
      maxConcurrent: MAX_CONCURRENT,
      mayWork: () => true,
      backoff: BACKOFF,
      random: () => 0,
    });
    const worker: Worker<Read> = {
      plan: (uid) => {
        const item = this.#reads.get(uid);
        return item === undefined ? { kind: 'none' } : { kind: 'work', item, isLimited: false };
      },
      work: (_uid, read) => this.#read(read),
      onFailure: () => undefined,
    };
    void this.#queue.run(worker, signal);
  }

  /** Has an owner read, and the object that asks looked at after it. False where that cannot be waited for. */
  ask(reference: OwnerReference, view: ObjectView): boolean {
    const { index, report, clock } = this.#deps;
    const { uid } = reference;
    const known = this.#reads.get(uid);
    if (known !== undefined) {
      known.waiting.set(view.uid, view);
      return true;
    }
    if (this.#reads.size >= MAX_READS) {
      report.ownerRead('skipped');
      index.answer(uid, { asNamed: true, readAt: clock.monotonic() });
      this.#noteUnread(uid, view.namespace);
      return false;
    }
    const waiting = new Map([[view.uid, view]]);
    const giveUpAt = clock.monotonic() + PATIENCE_MS;
    this.#reads.set(uid, { reference, namespace: view.namespace, waiting, giveUpAt });
    this.#queue.enqueue(uid);
    return true;
  }

  /** Reads an owner again that was read long ago, or could not be: for its annotations and labels, and for whose it is. */
  refresh(owner: ObjectRef, view: ObjectView): void {
    const { index, clock } = this.#deps;
    const answer = index.answerOf(owner.uid);
    if (answer?.readAt === undefined || clock.monotonic() < answer.readAt + FRESH_MS) return;
    if (this.#reads.size < MAX_READS) this.ask(owner, view);
  }

  /** Whether it is not known at the moment whose some failing object in this namespace is. */
  isOpen(namespace: string): boolean {
    const { index, clock } = this.#deps;
    for (const [uid, read] of this.#reads)
      if (read.namespace === namespace && isUnknown(index.answerOf(uid))) return true;
    const now = clock.monotonic();
    for (const [, known] of this.#unread.entries())
      if (known.namespace === namespace && known.until > now) return true;
    return false;
  }

  /** One try. Rejects when there is to be another one. */
  async #read(read: Read): Promise<undefined> {
    const { reader, report, signal, clock } = this.#deps;
    const reading = await reader.read(read.reference, read.namespace, signal).catch((error: unknown) => {
      if (signal.aborted || clock.monotonic() < read.giveUpAt) throw error;
      return undefined;
    });
    if (signal.aborted) return;
    report.ownerRead(reading?.kind ?? 'failed');
    this.#settle(read, reading);
  }

  #settle({ reference: { uid }, namespace, waiting }: Read, reading: OwnerReading | undefined): void {
    const { index, clock, look } = this.#deps;
    this.#reads.delete(uid);
    const answer = answerOf(reading, index.answerOf(uid), clock.monotonic());
    if (reading === undefined && isUnknown(answer)) this.#noteUnread(uid, namespace);
    else this.#unread.delete(uid);
    index.answer(uid, answer);
    for (const object of waiting.values()) {
      // An Event is what it was; every other object is looked at as it is by now.
      const view = object.kind === 'Event' ? object : index.byUid(object.kind, object.uid);
      if (view !== undefined) look(view);
    }
  }

  #noteUnread(uid: string, namespace: string): void {
    const until = this.#deps.clock.monotonic() + FRESH_MS + PATIENCE_MS;
    this.#unread.set(uid, { namespace, until });
  }
}

/** A known owner that is read again for its marks is no open question. */
function isUnknown(answer: OwnerAnswer | undefined): boolean {
  return answer === undefined || answer.asNamed === true;
}

/** What a read tells. Whose an owner is was decided when it was first read; only its marks may change. */
export function answerOf(
  reading: OwnerReading | undefined,
  before: OwnerAnswer | undefined,
  now: number,
): OwnerAnswer {
  if (reading?.kind !== 'read') return { ...(before ?? { asNamed: true }), readAt: now };
  const { kind: _kind, owner, ...marks } = reading;
  const above = isUnknown(before) ? owner : before?.owner;
  return { ...marks, readAt: now, ...(above === undefined ? {} : { owner: above }) };
}
