import type { Clock } from '../domain/clock.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createReflector, MAX_STEP_MS } from '../kube/reflector/index.ts';
import type {
  Change,
  Reflector,
  ReflectorEvent,
  ReflectorStatus,
  ReflectorTimings,
} from '../kube/reflector/index.ts';
import { createEventRetention, type EventRetention } from './event-retention.ts';
import type { WatchedResource, WatchedView } from './resources.ts';

export { eventBounds } from './event-retention.ts';
export type { EventBound } from './event-retention.ts';
export { watchedResources } from './resources.ts';
export { toOwner } from './to-owner.ts';
export type { WatchOptions, WatchedResource, WatchedView } from './resources.ts';
export { reflectorPhases } from '../kube/reflector/index.ts';
export type { IncidentView, UnreadableIncidentView } from './to-incident.ts';
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
  /** Events that were dropped, by the bound that they were beyond. */
  readonly eventsDropped: EventRetention['dropped'];
  /**
   * Every resource was seen whole once. One that the agent has no right to, or that is not installed, does not count unless it is
   * required: it is tried for ever, and the rest must not wait for it.
   */
  readonly synced: boolean;
  /** Resolves when `synced` turns true; never if the watches are stopped before. */
  readonly whenSynced: Promise<void>;
  /**
   * Whether every object of a kind in a namespace is known now: it is watched, was seen whole, and the right to it has not
   * been taken away. `''` for what lies in no namespace; without a namespace, in all that are watched.
   */
  sees(kind: WatchedView['kind'], namespace?: string): boolean;
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
  const reflectors: Reflector<WatchedView>[] = [];
  const { isRequired = () => false } = deps;
  const retention = createEventRetention();
  let synced = false;

  function check(): void {
    synced ||= handles.every(
      ({ status, resource }) => status.synced || (isOutOfReach(status) && !isRequired(resource)),
    );
    if (synced) resolve();
  }

  const handles = deps.resources.map((resource): WatchHandle => {
    const reflector = createReflector<WatchedView>({
      ...deps,
      resource,
      project: resource.project,
      retention,
      onSynced: check,
      observer: (event) => {
        deps.observer?.(event, resource);
        if (showsRewriting(event)) for (const other of reflectors) other.distrust();
        if (!synced) check();
      },
    });
    reflectors.push(reflector);
    return {
      resource,
      store: reflector.store,
      get status() {
        return reflector.status;
      },
    };
  });
  for (const reflector of reflectors) reflector.start();

  return {
    handles,
    eventsDropped: retention.dropped,
    get synced() {
      return synced;
    },
    whenSynced,
    sees: (kind, namespace) => sees(handles, kind, namespace),
    outOfReach: () => handles.find(({ status, resource }) => isRequired(resource) && isOutOfReach(status)),
    stalled: () => reflectors.find(({ status }) => status.lastStepAgeMs > MAX_STEP_MS)?.status.resource,
    stop: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
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

function sees(handles: readonly WatchHandle[], kind: WatchedView['kind'], namespace?: string): boolean {
  const covering = handles.filter(({ resource }) => resource.kind === kind && covers(resource, namespace));
  return covering.length > 0 && covering.every(({ status }) => status.synced && !isOutOfReach(status));
}

function covers(resource: WatchedResource, namespace: string | undefined): boolean {
  return namespace === undefined || resource.namespace === undefined || resource.namespace === namespace;
}
