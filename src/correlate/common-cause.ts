import { HOUR, MINUTE } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';
import { type Cause, type KeyOf, sharedCauseOf, stormTarget } from './cause.ts';
import type { CorrelatorOptions } from './decision.ts';
import { type CountingInput, countingSignals } from './counting.ts';
import { failingNodeOf, nodeGroupOf } from './node-cause.ts';
import { type OwnerState, isUnresolved, parentIncidentOf } from './owner-state.ts';
import { type Findings, findingsOf, type FindingsScene } from './findings.ts';
import type { Relations } from './relations.ts';
import type { Sight } from './sight.ts';

/** What the common cause of an owner is found by, besides its own state. */
export interface CauseInput extends FindingsScene, CountingInput, Sight {
  readonly options: CorrelatorOptions;
  readonly keyOf: KeyOf;
  readonly relations: Relations;
  readonly entryOf: (key: string) => OwnerState | undefined;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** An Incident that cannot be read has this key. */
  readonly isOccupied: (key: string) => boolean;
}

/**
 * The common cause that claims an owner whose failure is due: its node, what others lack as well, or a storm. One that has an
 * incident already can still have a node or a shared cause, of which its ticket is told. A cause itself is claimed by nobody: its
 * members would be told nowhere.
 */
export function commonCauseOf(entry: OwnerState, findings: Findings, scene: CauseInput): Cause | undefined {
  if (entry.kind !== 'owner' || !findings.isDue) return undefined;
  const { signals } = findings;
  const node = nodeGroupOf(entry, signals, scene) ?? failingNodeOf(signals, scene);
  const common = notRejected(node ?? blamed(entry, signals, scene), scene);
  if (isUnresolved(entry.incident)) return common;
  const storm = notRejected(stormCause(scene), scene);
  if (scene.isFull && storm !== undefined) return storm;
  return common ?? (isStorm(findings, scene) ? storm : undefined);
}

/** A cause whose ticket the API has refused, or whose Incident cannot be read, speaks for nobody: each owner is better filed than none. */
function notRejected(cause: Cause | undefined, { entryOf, isOccupied }: CauseInput): Cause | undefined {
  if (cause === undefined || isOccupied(cause.key)) return undefined;
  const { incident } = entryOf(cause.key) ?? {};
  return isUnresolved(incident) && incident.status.phase === 'Rejected' ? undefined : cause;
}

/** The cause of storms. */
export function stormCause({ keyOf }: Pick<CauseInput, 'keyOf'>): Cause {
  return { kind: 'storm', key: keyOf(stormTarget), target: stormTarget };
}

/** What the most causal signal blames, once somebody else blames it too, or its incident stands. */
function blamed({ incident }: OwnerState, [first]: readonly Signal[], scene: CauseInput): Cause | undefined {
  // An incident of its own that stands says it already.
  if (first?.isLeftover === true && isUnresolved(incident)) return undefined;
  const cause = first === undefined ? undefined : sharedCauseOf(first, scene.keyOf);
  if (cause === undefined) return undefined;
  const isShared = (scene.relations.blaming.get(cause.key)?.size ?? 0) > 1;
  return isShared || parentIncidentOf(scene.entryOf(cause.key)) !== undefined ? cause : undefined;
}

/** More incidents than people can read have opened, or are about to; or it failed already when the storm that stands began. */
function isStorm({ since }: Findings, scene: CauseInput): boolean {
  const { options, relations, now } = scene;
  const standing = parentIncidentOf(scene.entryOf(stormCause(scene).key));
  if (standing !== undefined && since <= standing.spec.openedAt) return true;
  const { perMinute, perHour } = options.storm;
  const room = Math.min(
    perMinute - relations.openedWithin(MINUTE, now.at),
    perHour - relations.openedWithin(HOUR, now.at),
  );
  return room < 1 || isCrowded(scene, room);
}

/** Whether more than `room` owners are due and about to open an incident of their own. */
function isCrowded(scene: CauseInput, room: number): boolean {
  const { relations } = scene;
  let due = 0;
  for (const entry of relations.waiting) {
    if (entry.attributedTo !== undefined && entry.attributedTo.kind !== 'storm') continue;
    if (!findingsOf(entry, countingSignals(entry, scene), scene).isDue) continue;
    due += 1;
    if (due > room) return true;
  }
  return false;
}

/** Whether more than `limit` owners fail and have no incident yet. */
export function isBusy(input: CountingInput & Pick<CauseInput, 'relations'>, limit: number): boolean {
  const { relations } = input;
  if (relations.waiting.size <= limit) return false;
  let failing = 0;
  for (const entry of relations.waiting) {
    if (countingSignals(entry, input).length > 0) failing += 1;
    if (failing > limit) return true;
  }
  return false;
}
