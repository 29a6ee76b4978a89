import type { Clock } from '../domain/clock.ts';
import type { Currency } from '../domain/currency.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createReflector, MAX_STEP_MS } from '../kube/reflector/index.ts';
import type {
  Change,
  Reflector,
  ReflectorEvent,
  ReflectorStatus,
  ReflectorTimings,
} from '../kube/reflector/index.ts';
import type { WatchedResource, WatchedView } from './resources.ts';

export { watchedResources } from './resources.ts';
export { toOwner } from './to-owner.ts';
export type { WatchOptions, WatchedResource, WatchedView } from './resources.ts';
export { reflectorPhases } from '../kube/reflector/index.ts';
export type { IncidentView } from './to-incident.ts';
export type { Change, ReflectorEvent, ReflectorStatus } from '../kube/reflector/index.ts';

export interface WatchesDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly resources: readonly WatchedResource[];
  /** Without these nothing can be done: `synced` waits for them even where they cannot be reached. None by default. */
  readonly isRequired?: (resource: WatchedResource) => boolean;
  /** Every change of any resource. When it throws, the change is offered again later. */
  readonly onChange: (change: Change<WatchedView>) => void;
  /** What is worth a log line. Must not throw. */
  readonly observer?: (event: ReflectorEvent, resource: WatchedResource) => void;
  readonly timings?: Partial<ReflectorTimings>;
}

/** One watched resource: its name, how it fares and what it holds. */
export interface WatchHandle {
  readonly resource: WatchedResource;
  readonly store: Reflector<WatchedView>['store'];
  /** A snapshot of this moment. */
  readonly status: ReflectorStatus;
}

/** All watches of the agent. */
export interface Watches {
  readonly handles: readonly WatchHandle[];
  /**
   * Every resource was seen whole once. One that the agent has no right to, or that is not installed, does not count unless it is
   * required: it is tried for ever, and the rest must not wait for it.
   */
  readonly synced: boolean;
  /** Resolves when `synced` turns true; never if the watches are stopped before. */
  readonly whenSynced: Promise<void>;
  /**
   * How current all is that is watched of a kind in a namespace: `''` for what lies in no namespace; without a namespace, in all that are
   * watched. Undefined when a part of it is not current now, and when it is not watched at all.
   */
  currency(kind: WatchedView['kind'], namespace?: string): Currency | undefined;
  /**
   * Looks for a proof that all of these is known, instead of waiting for the next bookmark: `currency` has it within a few seconds, if all is
   * well. Each collection is asked about every ten seconds at most.
   */
  prove(kinds: readonly WatchedView['kind'][], namespace?: string): void;
  /** A required resource that cannot be reached, if there is one. */
  outOfReach(): WatchHandle | undefined;
  /** The path of a watch that makes no progress any more, if there is one: a restart may help. */
  stalled(): string | undefined;
  /** Ends all watches; nothing is called after it resolves. */
  stop(): Promise<void>;
}

/** Starts one reflector for each resource, in their order. */
export function startWatches(deps: WatchesDeps): Watches {
  const { promise: whenSynced, resolve } = Promise.withResolvers<void>();
  const { isRequired = () => false } = deps;
  let synced = false;

  function check(): void {
    synced ||= handles.every(
      ({ status, resource }) => status.synced || (isOutOfReach(status) && !isRequired(resource)),
    );
    if (synced) resolve();
  }

  const members = deps.resources.map((resource): Member => {
    const reflector = createReflector<WatchedView>({
      ...deps,
      resource,
      project: resource.project,
      onSynced: check,
      observer: (event) => {
        deps.observer?.(event, resource);
        if (showsRewriting(event)) for (const other of members) other.reflector.distrust();
        if (!synced) check();
      },
    });
    return { resource, reflector };
  });
  const handles = members.map(handleOf);
  for (const { reflector } of members) reflector.start();

  return {
    handles,
    get synced() {
      return synced;
    },
    whenSynced,
    currency: (kind, namespace) => leastCurrent(covering(members, [kind], namespace)),
    prove: (kinds, namespace) => {
      for (const { reflector } of covering(members, kinds, namespace)) reflector.prove();
    },
    outOfReach: () => handles.find(({ status, resource }) => isRequired(resource) && isOutOfReach(status)),
    stalled: () => handles.find(({ status }) => status.lastStepAgeMs > MAX_STEP_MS)?.resource.path,
    stop: async () => {
      await Promise.all(members.map(({ reflector }) => reflector.stop()));
    },
  };
}

/** A collection in which nothing is older may still lack what was deleted since the backup: all are listed anew. */
function showsRewriting(event: ReflectorEvent): boolean {
  return event.kind === 'relist' && event.reason === 'regressed';
}

function isOutOfReach({ health }: ReflectorStatus): boolean {
  return health === 'refused' || health === 'absent';
}

interface Member {
  readonly resource: WatchedResource;
  readonly reflector: Reflector<WatchedView>;
}

function handleOf({ resource, reflector }: Member): WatchHandle {
  return {
    resource,
    store: reflector.store,
    get status() {
      return reflector.status;
    },
  };
}

function covering(
  members: readonly Member[],
  kinds: readonly WatchedView['kind'][],
  namespace: string | undefined,
): readonly Member[] {
  return members.filter(({ resource }) => kinds.includes(resource.kind) && covers(resource, namespace));
}

/** The shortest time for which all of them were current without interruption, and the oldest proof. */
function leastCurrent(members: readonly Member[]): Currency | undefined {
  let least: Currency | undefined;
  for (const { reflector } of members) {
    const currency = reflector.currency();
    if (currency === undefined) return undefined;
    least = {
      since: Math.max(currency.since, least?.since ?? currency.since),
      provenAt: Math.min(currency.provenAt, least?.provenAt ?? currency.provenAt),
    };
  }
  return least;
}

function covers(resource: WatchedResource, namespace: string | undefined): boolean {
  return namespace === undefined || resource.namespace === undefined || resource.namespace === namespace;
}
