import {
  type Decision,
  incidentKey,
  incidentName,
  incidentNumber,
  type OwnerHealth,
} from '../../src/correlate/index.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Freshness } from '../../src/domain/ports.ts';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../../src/domain/failure.ts';
import type { Incident, IncidentStatus } from '../../src/domain/incident.ts';
import { aSignal, CachedCorrelator, checkout, CLUSTER, NOW, nowAt, options } from './fixtures.ts';

/** What may happen to the cluster, the desk and the agent. Owners and pods are numbers. */
export type Step =
  | PodStep
  | OwnerStep
  | TicketStep
  | WaitStep
  | WatchStep
  | { readonly kind: 'resync' }
  | { readonly kind: 'restart' };

/**
 * A watch in trouble, or rights taken away; a connection that is dead and nobody knows yet; a restart in trouble; and all as before, by a
 * new list, or because the connection was only slow.
 */
interface WatchStep {
  readonly kind: 'hide' | 'stall' | 'restartHidden' | 'relist' | 'resume';
  readonly what: WatchedKind | 'all';
}

/** Whatever brings signals of a Deployment. */
export type WatchedKind = (typeof watched)[number];
const watched = ['Pod', 'Deployment', 'ReplicaSet', 'Event'] as const;

interface PodStep {
  readonly kind: 'fail' | 'run' | 'heal' | 'replace' | 'repeat';
  readonly owner: number;
  readonly pod: number;
  readonly how: Failure;
  /** The agent is not shown it, until the next complete list. */
  readonly lost: boolean;
}

interface OwnerStep {
  readonly kind: 'rollOut' | 'scale' | 'remove' | 'recreate';
  readonly owner: number;
  /** How the new pods of a roll-out fail, if they do. */
  readonly how: Failure | undefined;
  readonly isZero: boolean;
}

interface TicketStep {
  readonly kind: 'file' | 'close' | 'deleteIncident';
  readonly owner: number;
}

interface WaitStep {
  readonly kind: 'wait';
  readonly ms: number;
}

export type Failure = 'crash' | 'image' | 'probe' | 'config';

const OWNERS = 2;
const PODS = 3;
const QUIET = options.resolveAfterMs;
/** A slow loop must run for longer before it is believed. */
const PROOF = 2 * QUIET;
/** What was not current is looked at again this soon after it is. */
const RECHECK = 10 * SECOND;
const immediate: Readonly<Record<Failure, boolean>> = {
  crash: true,
  image: false,
  probe: false,
  config: false,
};

interface Pod {
  uid: string;
  signals: readonly Signal[];
}

/** What the agent was last shown of a pod, and since when it has stood like that without a gap. */
interface Shown {
  readonly signals: readonly Signal[];
  readonly since: number;
}

interface Owner {
  readonly ref: ObjectRef;
  readonly key: string;
  readonly pods: Pod[];
  readonly shown: Map<string, Shown>;
  exists: boolean;
  isZero: boolean;
  /** When a certain failure was last shown, by the reference's own reckoning. */
  lastFailingAt: number;
  /** When this process first heard of its failure or its Incident. */
  firstKnownAt: number;
  /** When something had failed that this process was shown, and did not any more. */
  readonly failed: { readonly class: FailureClass; readonly from: number; readonly to: number }[];
}

/** One of the rules that must hold at every moment does not. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

/** Plays a history and throws BrokenRule at the first moment at which a rule does not hold. */
export function play(steps: readonly Step[]): { readonly decisions: readonly Decision[] } {
  const world = createWorld();
  for (const step of steps) {
    carryOut(world, step);
    settle(world);
    check(world);
  }
  return { decisions: world.decisions };
}

interface Watch {
  state: 'current' | 'stalled' | 'hidden';
  /** Current without interruption since then, and what happened until then is known. */
  since: number;
  /** When it was last proven, where it is not current. */
  stalledAt: number;
}

interface World {
  readonly owners: readonly Owner[];
  readonly incidents: Map<string, Incident>;
  readonly closed: Set<string>;
  readonly decisions: Decision[];
  correlator: CachedCorrelator;
  readonly watches: ReadonlyMap<WatchedKind, Watch>;
  now: number;
  /** When a watch last went wrong or was made good. */
  provenFrom: number;
  uids: number;
}

function createWorld(): World {
  const world: World = {
    owners: [],
    incidents: new Map(),
    closed: new Set(),
    decisions: [],
    correlator: new CachedCorrelator(),
    watches: new Map(watched.map((kind) => [kind, { state: 'current', since: NOW, stalledAt: 0 }])),
    now: NOW,
    provenFrom: NOW,
    uids: 0,
  };
  const owners = Array.from({ length: OWNERS }, (_, n): Owner => {
    const ref = { ...checkout, name: `owner-${n}`, uid: `owner-${n}` };
    const pods = Array.from({ length: PODS }, () => ({ uid: nextUid(world), signals: [] }));
    const key = incidentKey(CLUSTER, ref);
    return {
      ref,
      key,
      pods,
      shown: new Map(),
      exists: true,
      isZero: false,
      lastFailingAt: -Infinity,
      firstKnownAt: NOW,
      failed: [],
    };
  });
  return { ...world, owners };
}

function nextUid(world: World): string {
  world.uids += 1;
  return `uid-${world.uids}`;
}

function signalsFor(uid: string, how: Failure, now: number): readonly Signal[] {
  const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: uid, uid };
  return [aSignal({ class: how, regarding, since: now, lastSeenAt: now, immediate: immediate[how] })];
}

function carryOut(world: World, step: Step): void {
  if (step.kind === 'wait') return wait(world, step.ms);
  if (step.kind === 'restart') return restart(world);
  if (step.kind === 'resync') return resync(world);
  if (isWatchStep(step)) return changeWatches(world, step);
  const owner = ownerOf(world, step.owner);
  if ('pod' in step) happenToPod(world, owner, step);
  else if ('isZero' in step) happenToOwner(world, owner, step);
  else happenToIncident(world, owner, step.kind);
}

function isWatchStep(step: Step): step is WatchStep {
  return 'what' in step;
}

function changeWatches(world: World, { kind, what }: WatchStep): void {
  for (const [watchedKind, watch] of world.watches)
    if (what === 'all' || what === watchedKind) changeWatch(world, watch, kind);
  if (kind === 'restartHidden') restart(world);
  world.provenFrom = world.now;
  if (isShown(world)) catchUp(world);
}

function changeWatch({ now }: World, watch: Watch, kind: WatchStep['kind']): void {
  const before = watch.state;
  watch.state = nextState(before, kind);
  if (before === 'current' && watch.state !== 'current') watch.stalledAt = now;
  if (before !== 'current' && kind === 'relist') watch.since = now;
}

function nextState(before: Watch['state'], kind: WatchStep['kind']): Watch['state'] {
  switch (kind) {
    case 'hide':
    case 'restartHidden':
      return 'hidden';
    case 'relist':
      return 'current';
    case 'stall':
      return before === 'current' ? 'stalled' : before;
    case 'resume':
      return before === 'stalled' ? 'current' : before;
  }
}

/** Whether pods are shown as they are. */
function isShown({ watches }: World): boolean {
  return watches.get('Pod')?.state === 'current';
}

function isAllCurrent({ watches }: World): boolean {
  return [...watches.values()].every(({ state }) => state === 'current');
}

function freshnessOf({ watches }: World, kind: string): Freshness | undefined {
  const { state, since, stalledAt } = watches.get(kind as WatchedKind) ?? {
    state: 'hidden',
    since: 0,
    stalledAt: 0,
  };
  if (state === 'hidden') return undefined;
  const provenAt = state === 'stalled' ? nowAt(stalledAt).monotonic : Infinity;
  return { since: nowAt(since).monotonic, provenAt };
}

/** Deletions and failures of meanwhile come with the complete list, or with what the connection still brought. */
function catchUp(world: World): void {
  for (const owner of world.owners) {
    const uids = new Set(owner.pods.map(({ uid }) => uid));
    for (const uid of Array.from(owner.shown.keys()))
      if (!uids.has(uid)) tell(world, owner, uid, { signals: [], gone: true });
  }
  resync(world);
}

/** A complete list: what was lost is seen after all. */
function resync(world: World): void {
  for (const owner of world.owners) for (const pod of owner.pods) show(world, owner, pod);
}

function ownerOf(world: World, n: number): Owner {
  const owner = world.owners[n % OWNERS];
  if (owner === undefined) throw new Error('no owners');
  return owner;
}

function happenToOwner(world: World, owner: Owner, step: OwnerStep): void {
  const how = step.kind === 'rollOut' ? step.how : undefined;
  if (step.kind !== 'recreate') for (const pod of owner.pods) renew(world, owner, pod, { how, lost: false });
  if (step.kind === 'scale') owner.isZero = step.isZero;
  if (step.kind === 'remove') owner.exists = false;
  if (step.kind === 'recreate') owner.exists = true;
}

function happenToPod(world: World, owner: Owner, step: PodStep): void {
  const pod = owner.pods[step.pod % PODS];
  if (pod === undefined || !owner.exists || owner.isZero) return;
  if (step.kind === 'repeat') return show(world, owner, pod, true);
  if (step.kind === 'replace') return renew(world, owner, pod, { how: undefined, lost: step.lost });
  pod.signals = signalsAfter(world, pod, step);
  if (!step.lost) show(world, owner, pod);
}

function signalsAfter({ now }: World, pod: Pod, step: PodStep): readonly Signal[] {
  if (step.kind === 'fail') return signalsFor(pod.uid, step.how, now);
  if (step.kind !== 'run') return [];
  // Between two crashes: it runs, and is believed well after a while.
  return pod.signals.map((signal) => ({ clearsAt: now + PROOF, ...signal }));
}

/** Another pod in its place. */
function renew(
  world: World,
  owner: Owner,
  pod: Pod,
  { how, lost }: { readonly how: Failure | undefined; readonly lost: boolean },
): void {
  const { uid } = pod;
  pod.uid = nextUid(world);
  pod.signals = how === undefined ? [] : signalsFor(pod.uid, how, world.now);
  // A deletion is never lost for good: a list shows what is not there any more.
  if (!lost || owner.shown.has(uid)) tell(world, owner, uid, { signals: [], gone: true });
  if (!lost) show(world, owner, pod);
}

function show(world: World, owner: Owner, pod: Pod, asBefore = false): void {
  const signals = asBefore ? (owner.shown.get(pod.uid)?.signals ?? []) : pod.signals;
  tell(world, owner, pod.uid, { signals, gone: false });
}

function tell(
  world: World,
  owner: Owner,
  uid: string,
  { signals, gone }: { readonly signals: readonly Signal[]; readonly gone: boolean },
): void {
  const { now, correlator } = world;
  if (!isShown(world)) return;
  const before = owner.shown.get(uid);
  if (isFailingUntil(now, { before: before?.signals, signals, gone })) owner.lastFailingAt = now;
  if (signals.length > 0 && owner.shown.size === 0) owner.firstKnownAt = now;
  const isSame = before !== undefined && isStill(before.signals, signals, now);
  if (!isSame) noteFailed(owner, before, now);
  if (signals.length === 0) owner.shown.delete(uid);
  else owner.shown.set(uid, { signals, since: isSame ? before.since : now });
  correlator.observe({ object: { uid, gone }, owner: owner.ref, key: owner.key, signals }, nowAt(now));
}

function noteFailed({ failed }: Owner, before: Shown | undefined, to: number): void {
  for (const { class: name } of before?.signals ?? [])
    failed.push({ class: name, from: before?.since ?? to, to });
}

/** The same failure without a gap: one that had cleared has come again. */
function isStill(before: readonly Signal[], signals: readonly Signal[], now: number): boolean {
  const [was, is] = [before[0], signals[0]];
  return was?.class === is?.class && (was?.clearsAt ?? Infinity) > now;
}

/** Quiet counts from here: it fails for certain, did so until now, or goes before it has run for long enough. */
function isFailingUntil(
  now: number,
  {
    before = [],
    signals,
    gone,
  }: {
    readonly before: readonly Signal[] | undefined;
    readonly signals: readonly Signal[];
    readonly gone: boolean;
  },
): boolean {
  const isLost = gone && before.some(({ clearsAt = Infinity }) => clearsAt > now);
  return isLost || [before, signals].some(isCertain);
}

function isCertain(signals: readonly Signal[]): boolean {
  return signals.some(({ clearsAt }) => clearsAt === undefined);
}

function happenToIncident(world: World, owner: Owner, kind: 'file' | 'close' | 'deleteIncident'): void {
  const incident = newest(world, owner.key);
  if (incident === undefined) return;
  if (kind === 'close') world.closed.add(incident.name);
  else if (kind === 'deleteIncident') drop(world, incident);
  else fileTicket(world, incident);
}

function drop(world: World, incident: Incident): void {
  ownerWith(world, incident.spec.key).firstKnownAt = world.now;
  world.incidents.delete(incident.name);
  world.closed.delete(incident.name);
  world.correlator.dropIncident(incident, nowAt(world.now));
}

function ownerWith({ owners }: World, key: string): Owner {
  const owner = owners.find((candidate) => candidate.key === key);
  if (owner === undefined) throw new Error('no such owner');
  return owner;
}

function fileTicket(world: World, incident: Incident): void {
  const { comment: _sent, ...status } = incident.status;
  if (status.phase === 'Pending') {
    const phase = status.recoveredAt === undefined ? 'Filed' : 'Recovered';
    write(world, {
      ...incident,
      status: { ...status, phase, ticketId: `t-${incident.uid}`, filedAt: world.now },
    });
  } else {
    write(world, { ...incident, status });
  }
}

function newest({ incidents }: World, key: string): Incident | undefined {
  return [...incidents.values()]
    .filter(({ spec }) => spec.key === key)
    .toSorted((left, right) => incidentNumber(right.name) - incidentNumber(left.name))[0];
}

function write(world: World, incident: Incident): void {
  world.incidents.set(incident.name, incident);
  world.correlator.setIncident(incident, nowAt(world.now));
}

/** Time passes as the key loop lets it: nothing is looked at but what changed, and what asked for it. */
function wait(world: World, ms: number): void {
  // What is not current asks for a look every few seconds.
  const until = world.now + (isAllCurrent(world) ? ms : Math.min(ms, 30 * MINUTE));
  while (world.now < until) {
    settle(world);
    check(world);
    const wakeAt = world.owners.map(({ key }) => world.correlator.requeueAt(key) ?? Infinity);
    world.now = Math.min(until, NOW + Math.min(...wakeAt));
    // What was due before this moment must have asked for a look of its own.
    check(world, world.now - 1);
  }
}

/** A new process: it sees the levels and the Incidents, in whatever order, and must come to the same decisions. */
function restart(world: World): void {
  const { owners, incidents, decisions } = world;
  settle(world);
  world.correlator = new CachedCorrelator();
  const before = decisions.length;
  for (const owner of owners) {
    const known = new Map(owner.shown);
    owner.shown.clear();
    owner.failed.length = 0;
    owner.firstKnownAt = world.now;
    for (const pod of owner.pods) {
      show(world, owner, pod);
      const was = known.get(pod.uid);
      const is = owner.shown.get(pod.uid);
      if (was === undefined && is !== undefined) owner.shown.set(pod.uid, { ...is, since: world.now });
    }
  }
  for (const incident of [...incidents.values()].toReversed())
    world.correlator.setIncident(incident, nowAt(world.now));
  const isComplete = owners.every((owner) =>
    owner.pods.every(({ uid, signals }) => sameLevel(owner, uid, signals)),
  );
  settle(world);
  const made = decisions.slice(before).filter(({ kind }) => kind !== 'suspect');
  // What was lost before the restart is seen now, and may be decided about.
  if (isComplete && made.some(({ kind }) => kind === 'recover'))
    fail('a restart made an incident recover at once');
}

function sameLevel(owner: Owner, uid: string, signals: readonly Signal[]): boolean {
  return (owner.shown.get(uid)?.signals.length ?? 0) === signals.length;
}

/** Decides and acts until nothing is left to do. */
function settle(world: World): void {
  for (const owner of world.owners) {
    for (let tries = 0; ; tries += 1) {
      const now = nowAt(world.now);
      const decision = world.correlator.decide(owner.key, now, {
        health: () => shownHealth(world, owner),
        freshnessOf: (kind) => freshnessOf(world, kind),
      });
      if (decision === undefined) break;
      if (tries > 10) fail(`decides for ever: ${decision.kind}`);
      world.decisions.push(decision);
      act(world, owner, decision);
      world.correlator.noteDone(decision, now);
    }
  }
}

/** Events tell nothing of the replicas. */
function shownHealth(world: World, owner: Owner): OwnerHealth {
  const isKnown = watched.every((kind) => kind === 'Event' || freshnessOf(world, kind) !== undefined);
  return isKnown ? healthOf(owner) : { state: 'unknown' };
}

function healthOf(owner: Owner): OwnerHealth {
  if (!owner.exists) return { state: 'gone' };
  if (owner.isZero) return { state: 'scaledToZero' };
  return { state: owner.pods.every(({ signals }) => !isCertain(signals)) ? 'ready' : 'notReady' };
}

function act(world: World, owner: Owner, decision: Decision): void {
  if (decision.kind === 'suspect') return;
  if (decision.kind === 'open' || decision.kind === 'recur') checkOpening(world, owner);
  if (decision.kind === 'open') return open(world, owner, decision.previous);
  if (decision.kind === 'recover') return recover(world, owner, decision.incident);
  if (decision.kind === 'recur') return recur(world, owner, decision.incident);
  if (decision.kind === 'fold' || decision.kind === 'unfold') fail('there is nothing in common here');
  write(world, { ...decision.incident, status: said(decision, world.now) });
}

function recover(world: World, owner: Owner, incident: Incident): void {
  checkRecovery(world, owner);
  const isFiled = incident.status.phase === 'Filed';
  change(world, incident, { recoveredAt: world.now, ...(isFiled ? { phase: 'Recovered' } : {}) });
}

function recur(world: World, owner: Owner, incident: Incident): void {
  const isOver = incident.status.phase === 'Recovered';
  if (isOver && world.closed.has(incident.name)) return open(world, owner, incident);
  change(world, incident, { recoveredAt: undefined, ...(isOver ? { phase: 'Filed' } : {}) });
}

function said(
  decision: Extract<Decision, { readonly kind: 'comment' | 'note' | 'release' }>,
  now: number,
): IncidentStatus {
  const { status } = decision.incident;
  if (decision.kind === 'release') return { ...status, phase: 'Pending' };
  const { occurrences, affected, signals } = decision.findings;
  const counted = { ...status, occurrences };
  if (decision.kind === 'note') return counted;
  const { comment } = decision;
  return {
    ...counted,
    affected: { count: affected.length, names: [] },
    class: signals[0]?.class ?? 'crash',
    ...(comment === 'unresolved' ? { saidUnresolvedAt: now } : {}),
    comment: { kind: comment, marker: 'c', at: now, text: '' },
  };
}

function open(world: World, owner: Owner, previous: Incident | undefined): void {
  const n = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
  const name = incidentName(owner.ref, owner.key, n);
  const taken = world.incidents.get(name);
  // Creation is atomic: whoever comes second gets what the first has made.
  if (taken !== undefined) return world.correlator.setIncident(taken, nowAt(world.now));
  write(world, {
    name,
    uid: nextUid(world),
    resourceVersion: '1',
    createdAt: world.now,
    spec: {
      trigger: 'automatic',
      target: owner.ref,
      key: owner.key,
      class: 'crash',
      reason: '',
      openedAt: world.now,
    },
    status: { phase: 'Pending' },
  });
}

function change(world: World, incident: Incident, changes: Readonly<Record<string, unknown>>): void {
  const whole = Object.entries({ ...incident.status, ...changes }).filter(([, value]) => value !== undefined);
  write(world, { ...incident, status: Object.fromEntries(whole) as unknown as IncidentStatus });
}

/** The reference: what must hold, said as plainly as possible. */
function check(world: World, at = world.now): void {
  for (const owner of world.owners) {
    const standing = [...world.incidents.values()].filter(
      ({ spec, status }) => spec.key === owner.key && status.recoveredAt === undefined,
    );
    const shown = [...owner.shown.values()];
    if (standing.length > 1) fail('two open incidents for one owner');
    if (standing.length === 0 && isShown(world) && shown.some((one) => isOverdue(world, one, at)))
      fail('a failure past its hold is in no incident');
    if (standing.length > 0 && isAllCurrent(world) && isLongWell(world, owner, at))
      fail('an incident stands although all has long been well');
  }
}

function isLongWell(world: World, owner: Owner, at: number): boolean {
  const clearsAt = [...owner.shown.values()].flatMap(({ signals }) =>
    signals.map((signal) => signal.clearsAt ?? Infinity),
  );
  const wellAt = Math.max(owner.lastFailingAt + QUIET, owner.firstKnownAt + QUIET, ...clearsAt);
  const seenWellAt = Math.max(wellAt, currentSince(world) + QUIET, world.provenFrom);
  if (at < seenWellAt + RECHECK) return false;
  return healthOf(owner).state !== 'notReady';
}

function currentSince({ watches }: World): number {
  return Math.max(...[...watches.values()].map(({ since }) => since));
}

function isOverdue({ provenFrom }: World, { signals, since }: Shown, now: number): boolean {
  return signals.some((signal) => {
    if (signal.clearsAt !== undefined && signal.clearsAt <= now) return false;
    const forMs = signal.immediate ? 0 : options.forMs[signal.class];
    return now >= Math.max(signal.since + forMs, since, provenFrom) + options.groupWaitMs + RECHECK;
  });
}

function checkRecovery(world: World, owner: Owner): void {
  const { now } = world;
  const watches = [...world.watches.values()];
  if (watches.some(({ state }) => state === 'hidden')) fail('recovered unseen');
  // What is not proven up to now must have been quiet for long enough before that.
  const provenAt = Math.min(now, ...watches.map((one) => (one.state === 'stalled' ? one.stalledAt : now)));
  if (provenAt < Math.max(owner.lastFailingAt, currentSince(world)) + QUIET)
    fail('recovered without a proven quiet');
  for (const { signals } of owner.shown.values()) {
    if (signals.some(({ clearsAt }) => clearsAt === undefined || now < clearsAt))
      fail('recovered while failing');
  }
  if (healthOf(owner).state === 'notReady') fail('recovered without its replicas');
}

/** While nobody knows how the pods are, what ages is only the picture of them. */
function checkOpening(world: World, owner: Owner): void {
  if (isShown(world)) return;
  const stalledAt = world.watches.get('Pod')?.stalledAt ?? 0;
  if (![...owner.shown.values()].some((one) => wasDue(owner, one, stalledAt)))
    fail('opened what nobody has seen fail for so long');
}

function wasDue(owner: Owner, { signals }: Shown, at: number): boolean {
  return signals.some((signal) => {
    const holdMs = signal.immediate ? 0 : options.forMs[signal.class];
    return at >= signal.since + holdMs - failedBefore(owner, signal, holdMs);
  });
}

/** At the most so long the same had failed within the window before: what stood for its hold within three of them is due. */
function failedBefore({ failed }: Owner, { class: name, since }: Signal, holdMs: number): number {
  const within = (at: number): number => Math.min(Math.max(at, since - 2 * holdMs), since);
  return failed
    .filter((one) => one.class === name)
    .reduce((sum, { from, to }) => sum + within(to) - within(from), 0);
}

function fail(rule: string): never {
  throw new BrokenRule(rule);
}

/** Waits that reach over holds, settle and quiet, and some that do not. */
export const waits: readonly number[] = [
  SECOND,
  options.groupWaitMs,
  MINUTE,
  5 * MINUTE,
  11 * MINUTE,
  26 * 60 * MINUTE,
];
