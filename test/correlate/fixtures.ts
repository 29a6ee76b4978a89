import {
  type ClusterLookup,
  type CorrelatorDeps,
  type CorrelatorOptions,
  Correlator,
  type Decision,
  incidentKey,
  incidentName,
  type Observation,
  type Outcome,
  type Scope,
  type ClusterState,
} from '../../src/correlate/index.ts';
import { defaultForMs } from '../support/default-for.ts';
import { MINUTE, type Now, SECOND } from '../../src/domain/clock.ts';
import type { FreshnessOf } from '../../src/domain/ports.ts';
import type { ObjectRef, Signal } from '../../src/domain/failure.ts';
import type { Incident, IncidentSpec, IncidentStatus } from '../../src/domain/incident.ts';
import { IncidentCache } from '../../src/incidents/index.ts';
import type { JobView, NodeView, ObjectView, PodView, WorkloadView } from '../../src/domain/views.ts';

export const NOW = Date.UTC(2026, 10, 23, 3);
export const CLUSTER = 'cluster-1';

export const options: CorrelatorOptions = {
  forMs: defaultForMs,
  groupWaitMs: 10 * SECOND,
  resolveAfterMs: 10 * MINUTE,
  storm: { perMinute: 10, perHour: 60 },
  maxIncidents: 2_000,
  mode: 'file',
};

export function keyOf(owner: ObjectRef): string {
  return incidentKey(CLUSTER, owner);
}

/** A cache that tells nobody of what it sets aside. */
export function createCache(): IncidentCache {
  const report = { foreign: () => undefined, unreadable: () => undefined };
  return new IncidentCache({ clusterKey: CLUSTER, keyOf, report });
}

/** A correlator on a cache of its own, which remembers what it came to last for each key. */
export class CachedCorrelator {
  readonly wrapped: Correlator;
  readonly incidents = createCache();
  readonly #outcomes = new Map<string, Outcome>();
  #now: Now = { at: NOW, monotonic: 0 };

  constructor(
    given: CorrelatorOptions = options,
    { onRelated = () => undefined, isKeyOccupied }: Partial<CachedCorrelatorDeps> = {},
  ) {
    const { incidents } = this;
    const reads: CorrelatorDeps['incidents'] = {
      get count() {
        return [...incidents.all()].length;
      },
      newestOf: (key) => incidents.newestOf(key),
      isKeyOccupied: isKeyOccupied ?? ((key) => incidents.isKeyOccupied(key)),
    };
    this.wrapped = new Correlator(given, { keyOf, onRelated, incidents: reads });
    incidents.onChange((change) => this.wrapped.incidentChanged(change, this.#now));
  }

  /** An Incident as it stands in the cluster, whatever its version. */
  setIncident(incident: Incident, now: Now): void {
    this.#now = now;
    this.incidents.upsert(incident, true);
  }

  dropIncident(incident: Incident, now: Now): void {
    this.#now = now;
    this.incidents.remove(incident);
  }

  decide(key: string, now: Now, clusterState: ClusterState): Decision | undefined {
    const outcome = this.wrapped.decide(key, now, clusterState);
    this.#outcomes.set(key, outcome);
    return outcome.decision;
  }

  observe(observation: Observation, now: Now): void {
    this.wrapped.observe(observation, now);
  }

  begin(now: Now): void {
    this.wrapped.begin(now);
  }

  noteFailing(key: string, now: Now): void {
    this.wrapped.noteFailing(key, now);
  }

  noteDone(decision: Decision, now: Now): void {
    this.wrapped.noteDone(decision, now);
  }

  keys(): Iterable<string> {
    return this.wrapped.keys();
  }

  has(key: string): boolean {
    return this.wrapped.has(key);
  }

  isFailing(key: string): boolean {
    return this.wrapped.isFailing(key);
  }

  hasUnresolved(key: string): boolean {
    return this.wrapped.hasUnresolved(key);
  }

  findings(key: string, now: Now, clusterState: ClusterState): ReturnType<Correlator['findings']> {
    return this.wrapped.findings(key, now, clusterState);
  }

  commonCauseOf(key: string): ReturnType<Correlator['commonCauseOf']> {
    return this.wrapped.commonCauseOf(key);
  }

  get size(): number {
    return this.wrapped.size;
  }

  /** When the last evaluation asked for the next one. */
  requeueAt(key: string): number | undefined {
    return this.#outcomes.get(key)?.requeueAt;
  }

  /** What the last evaluation lacked a proof of. */
  awaits(key: string): readonly Scope[] {
    return this.#outcomes.get(key)?.awaits ?? [];
  }
}

interface CachedCorrelatorDeps extends Pick<CorrelatorDeps, 'onRelated'> {
  readonly isKeyOccupied: (key: string) => boolean;
}

export const checkout: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd-1',
};
export const KEY = incidentKey(CLUSTER, checkout);

export function podRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` };
}

/** A crash of `checkout-a`, seen at NOW. */
export function aSignal(change: Partial<Signal> = {}): Signal {
  return {
    class: 'crash',
    regarding: podRef('checkout-a'),
    reason: 'CrashLoopBackOff',
    message: 'container app exits with code 3 (Error)',
    since: NOW,
    lastSeenAt: NOW,
    occurrences: 3,
    immediate: true,
    ...change,
  };
}

/** The first Incident of checkout, filed at NOW. */
export function anIncident(
  status: Partial<IncidentStatus> = {},
  change: Partial<Omit<Incident, 'spec'>> & { readonly spec?: Partial<IncidentSpec> } = {},
): Incident {
  return {
    name: incidentName(checkout, KEY, 1),
    uid: 'i-1',
    resourceVersion: '100',
    createdAt: NOW,
    ...change,
    spec: {
      trigger: 'automatic',
      target: checkout,
      key: KEY,
      class: 'crash',
      reason: 'CrashLoopBackOff',
      openedAt: NOW,
      ...change.spec,
    },
    status: { phase: 'Filed', ticketId: 't-1', filedAt: NOW, occurrences: 3, ...status },
  };
}

const base = { namespace: 'shop', createdAt: NOW - 60 * MINUTE };

export function aPod(name: string, change: Partial<PodView> = {}): PodView {
  return { ...base, kind: 'Pod', apiVersion: 'v1', name, uid: `uid-${name}`, phase: 'Running', ...change };
}

export function aWorkload(change: Partial<WorkloadView> = {}): WorkloadView {
  return {
    ...base,
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    name: 'checkout',
    uid: 'd-1',
    wanted: 3,
    ready: 3,
    updated: 3,
    observed: true,
    conditions: [],
    ...change,
  };
}

export function aJob(change: Partial<JobView> = {}): JobView {
  return {
    ...base,
    kind: 'Job',
    apiVersion: 'batch/v1',
    name: 'import',
    uid: 'j-1',
    complete: false,
    ...change,
  };
}

export function aNode(change: Partial<NodeView> = {}): NodeView {
  return {
    ...base,
    kind: 'Node',
    apiVersion: 'v1',
    namespace: '',
    name: 'node-1',
    uid: 'n-1',
    conditions: [],
    unschedulable: false,
    ...change,
  };
}

/** A controller reference to an object. */
export function ownedBy({
  apiVersion,
  kind,
  name,
  uid,
}: Pick<ObjectView, 'apiVersion' | 'kind' | 'name' | 'uid'>): {
  readonly owner: { apiVersion: string; kind: string; name: string; uid: string };
} {
  return { owner: { apiVersion, kind, name, uid } };
}

/** A cluster of these objects. */
export function lookupOf(...views: readonly ObjectView[]): ClusterLookup {
  return {
    byUid: (kind, uid) => views.find((view) => view.kind === kind && view.uid === uid),
    byName: (kind, namespace, name) =>
      views.find((view) => view.kind === kind && view.namespace === namespace && view.name === name),
  };
}

/** A moment of a world whose monotonic clock shows 0 at NOW. */
export function nowAt(at: number): Now {
  return { at, monotonic: at - NOW };
}

/** Everything has been watched for ever and is proven up to now. */
export const current: FreshnessOf = () => ({ since: -Infinity, provenAt: Infinity });
