import { HOUR } from '../domain/clock.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { Signal } from '../domain/failure.ts';

/** A time in which something failed, in monotonic milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What has failed for so many times its hold counts as failing for it, if all lies within so many of them. */
const WINDOW_IN_HOLDS = 3;
/** As long as the window of the longest hold by default. */
const KEPT_MS = HOUR;
const MAX_KEPT = 32;
/** What a pod goes through once: when it is over, this pod does not fail for it again. */
const once: ReadonlySet<FailureClass> = new Set(['scheduling', 'start']);
/** What a rollout or a replacement shows by itself, and what is over for good: never the rest of an earlier failure. */
const notCarried: ReadonlySet<FailureClass> = new Set(['rollout', 'eviction', 'crash', 'job', 'event']);

/**
 * When things have failed that do not at the moment: of an object that comes and goes, and of objects that are gone and were failing to
 * their end, which is their owner's. What has got well in between was a start, and no failure of the next.
 */
export class Downtimes {
  readonly #ofObjects = new Map<string, readonly Interval[]>();
  readonly #ofOwner = new Map<string, readonly Interval[]>();

  get size(): number {
    return this.#ofObjects.size + this.#ofOwner.size;
  }

  /** A signal of this object is not shown any more. */
  note(uid: string, signal: Signal, interval: Interval, isGone: boolean): void {
    if (notCarried.has(signal.class)) return;
    const [object, kind] = keysOf(uid, signal);
    const earlier = this.#ofObjects.get(object) ?? [];
    if (!isGone) {
      if (!once.has(signal.class)) this.#ofObjects.set(object, kept([...earlier, interval]));
      return;
    }
    this.#ofObjects.delete(object);
    this.#ofOwner.set(kind, kept([...(this.#ofOwner.get(kind) ?? []), ...earlier, interval]));
  }

  /** When this has failed before. */
  before(uid: string, signal: Signal): readonly Interval[] {
    const [object, kind] = keysOf(uid, signal);
    return [...(this.#ofObjects.get(object) ?? []), ...(this.#ofOwner.get(kind) ?? [])];
  }

  /** Forgets what lies too far back for any window. */
  forget(now: number): void {
    for (const group of this.#groups())
      for (const [key, intervals] of group) if (lastEnd(intervals) + KEPT_MS <= now) group.delete(key);
  }

  clear(): void {
    for (const group of this.#groups()) group.clear();
  }

  /** When there is something to forget. */
  get forgetAt(): number {
    const ends = this.#groups().flatMap((group) => [...group.values()].map(lastEnd));
    return Math.min(...ends) + KEPT_MS;
  }

  #groups(): readonly Map<string, readonly Interval[]>[] {
    return [this.#ofObjects, this.#ofOwner];
  }
}

function lastEnd(intervals: readonly Interval[]): number {
  return intervals.at(-1)?.to ?? -Infinity;
}

function kept(intervals: readonly Interval[]): readonly Interval[] {
  return intervals.slice(-MAX_KEPT);
}

function keysOf(uid: string, { class: name, container }: Signal): readonly [object: string, kind: string] {
  const kind = `${name} ${container?.name ?? ''}`;
  return [`${uid} ${kind}`, kind];
}

/** How long of the window before `until` these cover; what overlaps counts once. */
export function carriedMs(intervals: readonly Interval[], until: number, holdMs: number): number {
  const start = until - (WINDOW_IN_HOLDS - 1) * holdMs;
  let [covered, end] = [0, start];
  for (const { from, to } of intervals.toSorted((left, right) => left.from - right.from)) {
    const begin = Math.max(end, from);
    if (to <= begin) continue;
    covered += Math.min(to, until) - begin;
    end = Math.max(end, to);
  }
  return covered;
}
