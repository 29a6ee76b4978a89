import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { OwnerReader, OwnerReading } from '../domain/ports.ts';
import type { ObjectView, OwnerAnswer, OwnerReference } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Owners that are read or wait for it. Of more, what their references say has to be enough. */
const MAX_READS = 1_000;
const MAX_CONCURRENT = 4;
/** An API server may be away for minutes, and nothing can be filed then. A kind whose conversion is broken must not wait for ever. */
const PATIENCE_MS = 5 * MINUTE;
const RETRY_MIN_MS = 2 * SECOND;
const RETRY_MAX_MS = 30 * SECOND;
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

/**
 * Owners that are not watched, read once each and off the event path. Whose an owner is stays as it was first read, since another
 * answer would be another key. One that cannot be read is what its reference names, until it can: an incident that stands
 * by then keeps its key (`findOwner`).
 */
export interface CustomOwners {
  /** Has an owner read, and the object that asks looked at after it. False where that cannot be waited for. */
  readonly ask: (reference: OwnerReference, view: ObjectView) => boolean;
  /** Reads an owner again that was read long ago, or could not be: for its annotations and labels, and for whose it is. */
  readonly refresh: (owner: ObjectRef, view: ObjectView) => void;
  /** Whether it is not known at the moment whose some failing object in this namespace is. */
  readonly isOpen: (namespace: string) => boolean;
}

interface Read {
  readonly reference: OwnerReference;
  readonly namespace: string;
  /** The objects that wait for it, by uid. */
  readonly waiting: Map<string, ObjectView>;
  readonly giveUpAt: number;
  retryMs: number;
}

interface State extends CustomOwnersDeps {
  readonly reads: Map<string, Read>;
  /** Those that could not be read, by uid, until they are asked for again. */
  readonly unread: BoundedMap<string, { readonly namespace: string; readonly until: number }>;
  readonly queue: Read[];
  active: number;
}

/** The owners of one agent. */
export function createCustomOwners(deps: CustomOwnersDeps): CustomOwners {
  const state: State = { ...deps, reads: new Map(), unread: new BoundedMap(MAX_READS), queue: [], active: 0 };
  return {
    ask: (reference, view) => ask(state, reference, view),
    refresh: (owner, view) => {
      const answer = state.index.answerOf(owner.uid);
      if (answer?.readAt === undefined || state.clock.monotonic() < answer.readAt + FRESH_MS) return;
      if (state.reads.size < MAX_READS) ask(state, owner, view);
    },
    isOpen: (namespace) => isOpen(state, namespace),
  };
}

function isOpen({ reads, unread, index, clock }: State, namespace: string): boolean {
  for (const [uid, read] of reads) {
    if (read.namespace === namespace && isUnknown(index.answerOf(uid))) return true;
  }
  const now = clock.monotonic();
  for (const [, known] of unread.entries())
    if (known.namespace === namespace && known.until > now) return true;
  return false;
}

/** A known owner that is read again for its marks is no open question. */
function isUnknown(answer: OwnerAnswer | undefined): boolean {
  return answer === undefined || answer.asNamed === true;
}

function ask(state: State, reference: OwnerReference, view: ObjectView): boolean {
  const { reads, queue, index, report, clock } = state;
  const { uid } = reference;
  const known = reads.get(uid);
  if (known !== undefined) {
    known.waiting.set(view.uid, view);
    return true;
  }
  if (reads.size >= MAX_READS) {
    report.ownerRead('skipped');
    index.answer(uid, { asNamed: true, readAt: clock.monotonic() });
    noteUnread(state, uid, view.namespace);
    return false;
  }
  const read = {
    reference,
    namespace: view.namespace,
    waiting: new Map([[view.uid, view]]),
    giveUpAt: clock.monotonic() + PATIENCE_MS,
    retryMs: RETRY_MIN_MS,
  };
  reads.set(uid, read);
  queue.push(read);
  pump(state);
  return true;
}

function pump(state: State): void {
  while (state.active < MAX_CONCURRENT && !state.signal.aborted) {
    const read = state.queue.shift();
    if (read === undefined) return;
    void work(state, read);
  }
}

/** One try. Never rejects. */
async function work(state: State, read: Read): Promise<void> {
  const { reader, report, signal, clock } = state;
  state.active += 1;
  const reading = await reader.read(read.reference, read.namespace, signal).catch(() => undefined);
  state.active -= 1;
  if (signal.aborted) return;
  if (reading === undefined && clock.monotonic() < read.giveUpAt) {
    void tryAgain(state, read);
  } else {
    report.ownerRead(reading?.kind ?? 'failed');
    settle(state, read, reading);
  }
  pump(state);
}

/** Others are read meanwhile: one kind that cannot be read must not hold up the rest. */
async function tryAgain(state: State, read: Read): Promise<void> {
  const waitMs = read.retryMs;
  read.retryMs = Math.min(waitMs * 2, RETRY_MAX_MS);
  try {
    await state.clock.sleep(waitMs, state.signal);
  } catch {
    return;
  }
  state.queue.push(read);
  pump(state);
}

function settle(state: State, read: Read, reading: OwnerReading | undefined): void {
  const { reads, unread, index } = state;
  const { uid } = read.reference;
  reads.delete(uid);
  const answer = answerOf(reading, index.answerOf(uid), state.clock.monotonic());
  if (reading === undefined && isUnknown(answer)) noteUnread(state, uid, read.namespace);
  else unread.delete(uid);
  index.answer(uid, answer);
  for (const waiting of read.waiting.values()) {
    // An Event is what it was; every other object is looked at as it is by now.
    const view = waiting.kind === 'Event' ? waiting : index.byUid(waiting.kind, waiting.uid);
    if (view !== undefined) state.look(view);
  }
}

function noteUnread({ unread, clock }: State, uid: string, namespace: string): void {
  unread.set(uid, { namespace, until: clock.monotonic() + FRESH_MS + PATIENCE_MS });
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
