import { HOUR, MINUTE } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';
import { type Cause, type KeyOf, nodeCause, sharedCauseOf, stormTarget } from './cause.ts';
import type { BookOptions } from './decision.ts';
import { countingSignals } from './counting.ts';
import { type Entry, isStanding, speakerOf } from './entry.ts';
import { type Findings, findingsOf, type FindingsScene } from './findings.ts';
import type { Relations } from './relations.ts';
import type { Sight } from './sight.ts';

/** What a claim is judged by, besides the entry itself. */
export interface ClaimScene extends FindingsScene, Sight {
  readonly options: BookOptions;
  readonly keyOf: KeyOf;
  readonly relations: Relations;
  readonly entryOf: (key: string) => Entry | undefined;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** An Incident that cannot be read has this key. */
  readonly isOccupied?: (key: string) => boolean;
}

/**
 * The common cause that claims an owner whose failure is due: its node, what others lack as well, or a storm. One that has an
 * incident already can still have a node or a shared cause, of which its ticket is told. A cause itself is claimed by nobody: its
 * members would be told nowhere.
 */
export function claimOf(entry: Entry, findings: Findings, scene: ClaimScene): Cause | undefined {
  if (entry.kind !== 'owner' || !findings.isDue) return undefined;
  const { signals } = findings;
  const common = speaking(lostNode(signals, scene) ?? blamed(signals, scene), scene);
  if (isStanding(entry.incident)) return common;
  const storm = speaking(stormCause(scene), scene);
  if (scene.isFull && storm !== undefined) return storm;
  return common ?? (isStorm(findings, scene) ? storm : undefined);
}

/** A cause whose ticket the API has refused, or whose Incident cannot be read, speaks for nobody: each owner is better filed than none. */
function speaking(cause: Cause | undefined, { entryOf, isOccupied }: ClaimScene): Cause | undefined {
  if (cause === undefined || isOccupied?.(cause.key) === true) return undefined;
  const { incident } = entryOf(cause.key) ?? {};
  return isStanding(incident) && incident.status.phase === 'Rejected' ? undefined : cause;
}

/** The cause of storms. */
export function stormCause({ keyOf }: Pick<ClaimScene, 'keyOf'>): Cause {
  return { kind: 'storm', key: keyOf(stormTarget), target: stormTarget };
}

/** All pods that fail are on nodes that do not answer; those without a node count for neither side. */
function lostNode(signals: readonly Signal[], { relations, keyOf }: ClaimScene): Cause | undefined {
  const { lostNodes } = relations;
  const nodes = [...new Set(signals.flatMap(({ node }) => node ?? []))].map((name) => nodeCause(name, keyOf));
  if (nodes.length > 0) return nodes.every(({ key }) => lostNodes.has(key)) ? firstByName(nodes) : undefined;
  const lacking = signals.find(({ lacksNodes }) => lacksNodes === true);
  if (lacking === undefined) return undefined;
  // A node that has been gone for days is not why a pod finds no other one today.
  const recent = [...lostNodes.values()].filter(({ since }) => isSoonAfter(lacking.since, since));
  return firstByName(recent.map(({ name }) => nodeCause(name, keyOf)));
}

function isSoonAfter(at: number, since: number): boolean {
  return at >= since && at <= since + HOUR;
}

/** The same one for everybody, whatever the order in which the nodes were seen. */
function firstByName(causes: readonly Cause[]): Cause | undefined {
  return causes.reduce<Cause | undefined>(
    (first, cause) => (first === undefined || cause.target.name < first.target.name ? cause : first),
    undefined,
  );
}

/** What the most causal signal blames, once somebody else blames it too, or its incident stands. */
function blamed([first]: readonly Signal[], scene: ClaimScene): Cause | undefined {
  const cause = first === undefined ? undefined : sharedCauseOf(first, scene.keyOf);
  if (cause === undefined) return undefined;
  const isShared = (scene.relations.blaming.get(cause.key)?.size ?? 0) > 1;
  return isShared || speakerOf(scene.entryOf(cause.key)) !== undefined ? cause : undefined;
}

/** More incidents than people can read have opened, or are about to; or it failed already when the storm that stands began. */
function isStorm({ since }: Findings, scene: ClaimScene): boolean {
  const { options, relations, now } = scene;
  const standing = speakerOf(scene.entryOf(stormCause(scene).key));
  if (standing !== undefined && since <= standing.spec.openedAt) return true;
  const { perMinute, perHour } = options.storm;
  const room = Math.min(
    perMinute - relations.openedWithin(MINUTE, now.at),
    perHour - relations.openedWithin(HOUR, now.at),
  );
  return room < 1 || isCrowded(scene, room);
}

/** Whether more than `room` owners are due and about to open an incident of their own. */
function isCrowded(scene: ClaimScene, room: number): boolean {
  const { relations, health } = scene;
  let due = 0;
  for (const entry of relations.waiting) {
    if (entry.claim !== undefined && entry.claim.kind !== 'storm') continue;
    if (!findingsOf(entry, countingSignals(entry, health), scene).isDue) continue;
    due += 1;
    if (due > room) return true;
  }
  return false;
}

/** Whether more than `limit` owners fail and have no incident yet. */
export function isBusy(
  { relations, health }: Pick<ClaimScene, 'relations' | 'health'>,
  limit: number,
): boolean {
  if (relations.waiting.size <= limit) return false;
  let failing = 0;
  for (const entry of relations.waiting) {
    if (countingSignals(entry, health).length > 0) failing += 1;
    if (failing > limit) return true;
  }
  return false;
}
