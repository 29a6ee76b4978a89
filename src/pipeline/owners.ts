import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { OwnerReader, OwnerReading } from '../domain/ports.ts';
import type { ObjectView, OwnerAnswer, OwnerReference } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';

/** Owners that are read or wait for it. Of more, what their references say has to be enough. */
const MAX_READS = 1_000;
const MAX_CONCURRENT = 4;
const MAX_TRIES = 3;
const RETRY_MS = 2 * SECOND;
/** A person may have annotated or labelled the owner since. Whose it is stays as it was. */
const FRESH_MS = 10 * MINUTE;

/** What became of a read; `failed` after several tries, `skipped` where too many wait. */
export type OwnerOutcome = OwnerReading['kind'] | 'failed' | 'skipped';

export interface OwnersDeps {
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
 * Owners that are not watched, read once each and off the event path. An answer is final, since another one would be
 * another key: an owner that cannot be read stays as its reference names it.
 */
export interface Owners {
  /** Has an owner read, and the object that asks looked at after it. False where that cannot be waited for. */
  readonly ask: (reference: OwnerReference, view: ObjectView) => boolean;
  /** Reads the annotations and labels of an owner again that was read long ago. */
  readonly refresh: (owner: ObjectRef, view: ObjectView) => void;
}

interface Read {
  readonly reference: OwnerReference;
  readonly namespace: string;
  /** Kinds of the objects that wait for it, by uid. */
  readonly waiting: Map<string, string>;
}

interface State extends OwnersDeps {
  readonly reads: Map<string, Read>;
  readonly queue: Read[];
  active: number;
}

/** The owners of one agent. */
export function createOwners(deps: OwnersDeps): Owners {
  const state: State = { ...deps, reads: new Map(), queue: [], active: 0 };
  return {
    ask: (reference, view) => ask(state, reference, view),
    refresh: (owner, view) => {
      const answer = state.index.answerOf(owner.uid);
      if (answer?.readAt === undefined || state.clock.now() < answer.readAt + FRESH_MS) return;
      if (state.reads.size < MAX_READS) ask(state, owner, view);
    },
  };
}

function ask(state: State, reference: OwnerReference, view: ObjectView): boolean {
  const { reads, queue, index, report } = state;
  const { uid } = reference;
  const known = reads.get(uid);
  if (known !== undefined) {
    known.waiting.set(view.uid, view.kind);
    return true;
  }
  if (reads.size >= MAX_READS) {
    report.ownerRead('skipped');
    index.answer(uid, { asNamed: true });
    return false;
  }
  const read = { reference, namespace: view.namespace, waiting: new Map([[view.uid, view.kind]]) };
  reads.set(uid, read);
  queue.push(read);
  pump(state);
  return true;
}

function pump(state: State): void {
  while (state.active < MAX_CONCURRENT && !state.signal.aborted) {
    const read = state.queue.shift();
    if (read === undefined) return;
    state.active += 1;
    void settle(state, read);
  }
}

/** Never rejects. */
async function settle(state: State, read: Read): Promise<void> {
  const { reads, index, signal } = state;
  const { uid } = read.reference;
  const reading = await readOwner(state, read);
  state.active -= 1;
  if (signal.aborted) return;
  reads.delete(uid);
  index.answer(uid, answerOf(reading, index.answerOf(uid), state.clock.now()));
  for (const [waiting, kind] of read.waiting) {
    const view = index.byUid(kind, waiting);
    if (view !== undefined) state.look(view);
  }
  pump(state);
}

/** Undefined when there was no answer, or it is not waited for any more. */
async function readOwner(
  { reader, clock, signal, report }: State,
  { reference, namespace }: Read,
): Promise<OwnerReading | undefined> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      const reading = await reader.read(reference, namespace, signal);
      report.ownerRead(reading.kind);
      return reading;
    } catch {
      if (tries >= MAX_TRIES) break;
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
  if (!signal.aborted) report.ownerRead('failed');
  return undefined;
}

/** What a read tells. Whose an owner is was decided with the first answer; only its marks may change. */
export function answerOf(
  reading: OwnerReading | undefined,
  before: OwnerAnswer | undefined,
  now: number,
): OwnerAnswer {
  if (reading?.kind !== 'read') return before === undefined ? { asNamed: true } : { ...before, readAt: now };
  const { kind: _kind, owner, ...marks } = reading;
  const above = before === undefined ? owner : before.owner;
  return { ...marks, readAt: now, ...(above === undefined ? {} : { owner: above }) };
}
