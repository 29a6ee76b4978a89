import {
  type CorrelatorOptions,
  type Common,
  type Decision,
  incidentName,
  incidentNumber,
} from '../../src/correlate/index.ts';
import { SECOND } from '../../src/domain/clock.ts';
import type { ObjectRef, Signal } from '../../src/domain/failure.ts';
import type { Incident, IncidentSpec, IncidentStatus } from '../../src/domain/incident.ts';
import { CachedCorrelator, current, keyOf, NOW, nowAt, options as usual, podRef } from './fixtures.ts';

/** How an owner is, apart from its signals. */
export type Health = 'ready' | 'notReady' | 'gone';

/**
 * A cluster of many owners and one correlator, as the reconciler works with it: only those owners are evaluated that have changed, that
 * the correlator calls related to one that has, or whose time to be evaluated again has come.
 */
export interface CommonWorld {
  readonly incidents: Map<string, Incident>;
  readonly decisions: Decision[];
  readonly health: Map<string, Health>;
  /** What every object shows, by its uid. */
  readonly shown: Map<string, { readonly owner: ObjectRef; readonly signals: readonly Signal[] }>;
  readonly options: CorrelatorOptions;
  now: number;
  correlator: CachedCorrelator;
  /** The process dies before it carries out one more decision than this, and another one takes over. */
  decisionsLeft: number;
  /** When the process was started that runs now. */
  bornAt: number;
}

interface Inner extends CommonWorld {
  touched: Set<string>;
  wakeTimes: Map<string, number>;
  uids: number;
}

/** A cluster in which nothing fails. */
export function createCommonWorld(change: Partial<CorrelatorOptions> = {}): CommonWorld {
  const options = { ...usual, ...change };
  const world = {
    incidents: new Map(),
    decisions: [],
    health: new Map(),
    shown: new Map(),
    options,
    now: NOW,
    decisionsLeft: Infinity,
    bornAt: NOW,
    touched: new Set<string>(),
    wakeTimes: new Map(),
    uids: 0,
  } as unknown as Inner;
  world.correlator = newCorrelator(world);
  return world;
}

function newCorrelator(world: Inner): CachedCorrelator {
  return new CachedCorrelator(world.options, {
    onRelated: (key, isCause) => {
      if (!isCause) world.touched.add(key);
      else world.wakeTimes.set(key, Math.min(world.wakeTimes.get(key) ?? Infinity, world.now + SECOND));
    },
  });
}

/** An object of the owner shows these signals; none means that it is well, or gone. */
export function show(world: CommonWorld, owner: ObjectRef, uid: string, signals: readonly Signal[]): void {
  const inner = world as Inner;
  const key = keyOf(owner);
  if (signals.length === 0) world.shown.delete(uid);
  else world.shown.set(uid, { owner, signals });
  world.correlator.observe({ object: { uid, gone: false }, owner, key, signals }, nowAt(world.now));
  inner.touched.add(key);
  settle(inner);
}

/** Time passes as the key loop lets it; `check` is called at each moment at which something may have happened. */
export function wait(world: CommonWorld, ms: number, check: () => void = () => undefined): void {
  const inner = world as Inner;
  const until = world.now + ms;
  while (world.now < until) {
    world.now = Math.min(until, ...inner.wakeTimes.values());
    for (const [key, at] of inner.wakeTimes) {
      if (at > world.now) continue;
      inner.wakeTimes.delete(key);
      inner.touched.add(key);
    }
    settle(inner);
    check();
  }
}

/** A new process: it sees the levels and the Incidents and nothing else. Returns what it decides at once. */
export function restart(world: CommonWorld): readonly Decision[] {
  const before = world.decisions.length;
  beginAnew(world as Inner);
  settle(world as Inner);
  return world.decisions.slice(before);
}

function beginAnew(world: Inner): void {
  world.correlator = newCorrelator(world);
  world.bornAt = world.now;
  world.touched = new Set();
  world.wakeTimes = new Map();
  for (const incident of [...world.incidents.values()].toReversed())
    world.correlator.setIncident(incident, nowAt(world.now));
  for (const [uid, { owner, signals }] of world.shown)
    world.correlator.observe(
      { object: { uid, gone: false }, owner, key: keyOf(owner), signals },
      nowAt(world.now),
    );
  for (const key of world.correlator.keys()) world.touched.add(key);
}

/** The outbox has had time: what waits has its ticket, what is folded says so, comments are sent. */
export function file(world: CommonWorld): void {
  for (const incident of world.incidents.values()) fileOne(world as Inner, incident);
  settle(world as Inner);
}

function fileOne(world: Inner, incident: Incident): void {
  const { comment: _sent, ...status } = incident.status;
  const { cause } = incident.spec;
  if (status.phase !== 'Pending') return write(world, incident, status);
  if (cause !== undefined)
    return write(world, incident, { ...status, phase: 'Folded', foldedInto: cause.incident });
  const phase = status.recoveredAt === undefined ? 'Filed' : 'Recovered';
  write(world, incident, { ...status, phase, ticketId: `t-${incident.uid}`, filedAt: world.now });
}

function write(world: Inner, incident: Incident, status: IncidentStatus): void {
  const written = { ...incident, status };
  world.incidents.set(incident.name, written);
  world.correlator.setIncident(written, nowAt(world.now));
  world.touched.add(incident.spec.key);
}

/** Deletes an Incident by hand. */
export function deleteIncident(world: CommonWorld, name: string): void {
  const incident = world.incidents.get(name);
  if (incident === undefined) return;
  world.incidents.delete(name);
  world.correlator.dropIncident(incident, nowAt(world.now));
  (world as Inner).touched.add(incident.spec.key);
  settle(world as Inner);
}

export function newestOf({ incidents }: CommonWorld, key: string): Incident | undefined {
  return [...incidents.values()]
    .filter(({ spec }) => spec.key === key)
    .toSorted((left, right) => incidentNumber(right.name) - incidentNumber(left.name))[0];
}

/** Incidents that are not over. */
export function standing({ incidents }: CommonWorld): readonly Incident[] {
  return [...incidents.values()].filter(({ status }) => status.recoveredAt === undefined);
}

function settle(world: Inner): void {
  for (let rounds = 0; world.touched.size > 0; rounds += 1) {
    if (rounds > 10_000) throw new Error('runs hot');
    const [key = ''] = world.touched;
    world.touched.delete(key);
    work(world, key);
  }
}

function work(world: Inner, key: string): void {
  for (let tries = 0; ; tries += 1) {
    const decision = world.correlator.decide(key, nowAt(world.now), {
      freshnessOf: current,
      health: (owner) => ({ state: world.health.get(keyOf(owner)) ?? 'ready' }),
    });
    if (decision === undefined) break;
    if (tries > 10) throw new Error(`decides for ever: ${decision.kind}`);
    world.decisionsLeft -= 1;
    if (world.decisionsLeft < 0) {
      world.decisionsLeft = Infinity;
      beginAnew(world);
      return;
    }
    world.decisions.push(decision);
    act(world, decision);
    world.correlator.noteDone(decision, nowAt(world.now));
  }
  const next = world.correlator.requeueAt(key);
  if (next === undefined) world.wakeTimes.delete(key);
  else world.wakeTimes.set(key, next + NOW);
}

function act(world: Inner, decision: Decision): void {
  switch (decision.kind) {
    case 'suspect':
      return;
    case 'open':
      return open(world, decision, undefined);
    case 'fold': {
      const { incident, kind } = decision.cause;
      return open(world, decision, { kind, key: incident.spec.key, incident: incident.name });
    }
    case 'unfold':
      return change(world, decision.incident, { recoveredAt: world.now });
    case 'release':
      return change(world, decision.incident, { phase: 'Pending' });
    case 'recover':
      return turn(world, decision.incident, { from: 'Filed', to: 'Recovered', recoveredAt: world.now });
    case 'recur':
      return turn(world, decision.incident, { from: 'Recovered', to: 'Filed', recoveredAt: undefined });
    case 'comment':
    case 'note':
      return say(world, decision);
  }
}

function turn(
  world: Inner,
  incident: Incident,
  {
    from,
    to,
    recoveredAt,
  }: {
    readonly from: IncidentStatus['phase'];
    readonly to: IncidentStatus['phase'];
    readonly recoveredAt: number | undefined;
  },
): void {
  const phase = incident.status.phase === from ? to : incident.status.phase;
  change(world, incident, { recoveredAt, phase });
}

function say(world: Inner, decision: Extract<Decision, { kind: 'comment' | 'note' }>): void {
  const { findings, incident } = decision;
  const counted = { occurrences: findings.occurrences };
  if (decision.kind === 'note') return change(world, incident, counted);
  const { comment: kind, cause } = decision;
  const comment = { kind, marker: 'c', at: world.now, text: '' };
  if (cause !== undefined) return change(world, incident, { linkedTo: cause.name, comment });
  change(world, incident, {
    ...counted,
    affected: { count: findings.affected.length, names: [] },
    class: findings.signals[0]?.class ?? 'crash',
    ...(kind === 'unresolved' ? { saidUnresolvedAt: world.now } : {}),
    comment,
  });
}

function change(world: Inner, incident: Incident, changes: Readonly<Record<string, unknown>>): void {
  const whole = Object.entries({ ...incident.status, ...changes }).filter(([, value]) => value !== undefined);
  write(world, incident, Object.fromEntries(whole) as unknown as IncidentStatus);
}

function open(
  world: Inner,
  { findings, previous }: Extract<Decision, { kind: 'open' | 'fold' }>,
  cause: IncidentSpec['cause'],
): void {
  const { owner, key, signals, common } = findings;
  const n = previous === undefined ? 1 : incidentNumber(previous.name) + 1;
  const name = incidentName(owner, key, n);
  // Creation is atomic: whoever comes second gets what the first has made.
  const taken = world.incidents.get(name);
  if (taken !== undefined) return write(world, taken, taken.status);
  world.uids += 1;
  const incident: Incident = {
    name,
    uid: `i-${world.uids}`,
    resourceVersion: '1',
    createdAt: world.now,
    spec: {
      trigger: triggerOf(common, cause),
      target: owner,
      key,
      class: signals[0]?.class ?? 'crash',
      reason: signals[0]?.reason ?? '',
      openedAt: world.now,
      ...(cause === undefined ? {} : { cause }),
    },
    status: { phase: 'Pending' },
  };
  write(world, incident, incident.status);
}

/** As `src/reconcile/incident-actions.ts` names it; whatever is folded is an owner's. */
function triggerOf(common: Common | undefined, cause: IncidentSpec['cause']): IncidentSpec['trigger'] {
  if (cause !== undefined || common === undefined || common.kind === 'node') return 'automatic';
  return common.kind;
}

export function deployment(name: string): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name, uid: `d-${name}` };
}

export function nodeNamed(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Node', namespace: '', name, uid: `n-${name}` };
}

/** A crash of a pod of this owner. */
export function crashOf(name: string, since: number, more: Partial<Signal> = {}): Signal {
  return {
    class: 'crash',
    regarding: podRef(`${name}-pod`),
    reason: 'Error',
    message: 'container app exits with code 3 (Error)',
    since,
    lastSeenAt: since,
    occurrences: 3,
    immediate: true,
    ...more,
  };
}

/** A container that lacks a Secret. */
export function lackingSecret(name: string, since: number, secret = 'db'): Signal {
  return crashOf(name, since, {
    class: 'config',
    reason: 'CreateContainerConfigError',
    message: `container app cannot start: secret "${secret}" not found`,
    immediate: false,
    sharedCause: { kind: 'Secret', name: secret },
  });
}

/** A sandbox that the runtime of a node cannot make, in words that name nothing. */
export function sandboxFails(name: string, since: number, node = 'n1', said = 'ttrpc: closed'): Signal {
  return crashOf(name, since, {
    class: 'start',
    reason: 'FailedCreatePodSandBox',
    message: `the pod has a node but does not start: ${said}`,
    immediate: false,
    node,
    saidAlike: said,
  });
}

/** A node that does not answer. */
export function nodeIsLost(name: string, since: number): Signal {
  return crashOf(name, since, {
    class: 'node',
    regarding: nodeNamed(name),
    reason: 'NodeStatusUnknown',
    immediate: false,
    takesPodsAlong: true,
  });
}
