import type { Clock } from '../domain/clock.ts';
import type { Currency } from '../domain/currency.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import {
  type Change,
  createReflector,
  defaultTimings,
  MAX_STEP_MS,
  type Reflector,
  type ReflectorEvent,
  type ReflectorStatus,
  type ReflectorTimings,
} from '../kube/reflector/index.ts';
import { createPauseDetector, type PauseDetector } from './pauses.ts';
import { createEventRetention, type EventRetention } from './event-retention.ts';
import type { WatchedResource, WatchedView } from './resources.ts';
import {
  type CurrencyEvent,
  type Member,
  PATIENCE_MS,
  type StaleWatch,
  staleWatches,
  supervise,
} from './supervision.ts';

export { eventBounds } from './event-retention.ts';
export type { EventBound } from './event-retention.ts';
export { watchedResources } from './resources.ts';
export { toOwner } from './to-owner.ts';
export type { WatchOptions, WatchedResource, WatchedView } from './resources.ts';
export { reflectorPhases } from '../kube/reflector/index.ts';
export type { IncidentView, UnreadableIncidentView } from './to-incident.ts';
export type { Change, ReflectorEvent, ReflectorStatus, StaleReason } from '../kube/reflector/index.ts';
export type { CurrencyEvent, StaleWatch } from './supervision.ts';

export interface WatchesDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly resources: readonly WatchedResource[];
  /** Without these nothing can be done: `synced` waits for them, however long they cannot be listed. None by default. */
  readonly isRequired?: (resource: WatchedResource) => boolean;
  /** Every change of any resource. When it throws, the change is offered again later. */
  readonly onChange: (change: Change<WatchedView>) => void;
  /** What is worth a log line. Must not throw. */
  readonly observer?: (event: WatchEvent, resource: WatchedResource) => void;
  /** Called every second or so. Must not throw. */
  readonly onLook?: () => void;
  /** A watch has ended although it must not: a defect. */
  readonly onFailed?: (error: unknown) => void;
  /** The machine's wall clock, where `clock` is not that. */
  readonly wallNow?: () => number;
  readonly timings?: Partial<ReflectorTimings>;
  /** Between two looks for pauses and for what to tell; a second. */
  readonly lookMs?: number;
}

/** What is worth a log line. */
export type WatchEvent = ReflectorEvent | CurrencyEvent;

/** One watched resource: its name, how it fares and what it holds. */
export interface WatchHandle {
  readonly resource: WatchedResource;
  readonly store: Reflector<WatchedView>['store'];
  /** A snapshot of this moment. */
  readonly status: ReflectorStatus;
  readonly isRequired: boolean;
}

/** All watches of the agent. */
export interface Watches {
  readonly handles: readonly WatchHandle[];
  /** Events that were dropped, by the bound that they were beyond. */
  readonly eventsDropped: EventRetention['dropped'];
  /**
   * Every resource was seen whole once, or is done without: one that is not required, and that the agent has no right to, is not
   * installed, or could not be listed for two minutes. It is tried for ever, and the rest must not wait for it.
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
  /** Those that have not been current for longer than a moment. */
  stale(): readonly StaleWatch[];
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
  const { clock, isRequired = () => false } = deps;
  const pauses = createPauseDetector({ clock, wallNow: deps.wallNow ?? (() => clock.now()) });
  const startedAt = clock.monotonic();
  const ending = new AbortController();
  const retention = createEventRetention();
  let synced = false;

  function check(): void {
    if (synced) return;
    const isLate = clock.monotonic() - startedAt >= PATIENCE_MS;
    synced = handles.every(
      (handle) => handle.status.synced || (!handle.isRequired && (isLate || isOutOfReach(handle))),
    );
    if (synced) resolve();
  }

  const members = createMembers(deps, { pauses, retention }, check);
  const handles = members.map((member) => handleOf(member, isRequired(member.resource)));
  for (const { reflector } of members) reflector.start();
  const onLook = (): void => {
    check();
    deps.onLook?.();
  };
  const { observer = () => undefined } = deps;
  const supervision = supervise(
    { clock, members, pauses, ...lookTimings(deps), isStarted: () => synced, onLook, observer },
    ending.signal,
  ).catch((error: unknown) => (ending.signal.aborted ? undefined : deps.onFailed?.(error)));

  return {
    handles,
    eventsDropped: retention.dropped,
    get synced() {
      return synced;
    },
    whenSynced,
    currency: (kind, namespace) => leastCurrent(covering(members, [kind], namespace), namespace),
    prove: (kinds, namespace) =>
      covering(members, kinds, namespace).forEach(({ reflector }) => reflector.prove()),
    stale: () => staleWatches(members, clock.monotonic()),
    outOfReach: () => handles.find((handle) => handle.isRequired && isOutOfReach(handle)),
    stalled: () => handles.find(({ status }) => status.lastStepAgeMs > MAX_STEP_MS)?.resource.path,
    stop: async () => {
      ending.abort(new Error('the watches are stopped'));
      await Promise.all([supervision, ...members.map(({ reflector }) => reflector.stop())]);
    },
  };
}

function lookTimings({ timings, lookMs }: WatchesDeps): { graceMs: number; lookMs: number | undefined } {
  return { graceMs: timings?.pauseGraceMs ?? defaultTimings.pauseGraceMs, lookMs };
}

/** What the reflectors have in common. */
interface Shared {
  readonly pauses: PauseDetector;
  readonly retention: EventRetention;
}

function createMembers(
  deps: WatchesDeps,
  { pauses, retention }: Shared,
  onChanged: () => void,
): readonly Member[] {
  const members = deps.resources.map((resource): Member => {
    const reflector = createReflector<WatchedView>({
      ...deps,
      resource,
      project: resource.project,
      retention,
      onSynced: onChanged,
      lastPause: () => pauses.last(),
      observer: (event) => {
        deps.observer?.(event, resource);
        if (showsRewriting(event)) for (const other of members) other.reflector.forceRelist();
        if (event.kind === 'well') retryRefused(members, resource.namespace);
        onChanged();
      },
    });
    return { resource, reflector };
  });
  return members;
}

/** Rights are mostly given for all kinds of a namespace at once: what was refused there need not wait any longer. */
function retryRefused(members: readonly Member[], namespace: string | undefined): void {
  for (const { resource, reflector } of members)
    if (resource.namespace === namespace && reflector.status.health === 'refused') reflector.retry();
}

/** A collection in which nothing is older may still lack what was deleted since the backup: all are listed anew. */
function showsRewriting(event: ReflectorEvent): boolean {
  return event.kind === 'relist' && event.reason === 'regressed';
}

function isOutOfReach({ status }: Pick<WatchHandle, 'status'>): boolean {
  return status.health === 'refused' || status.health === 'absent';
}

function handleOf({ resource, reflector }: Member, isRequired: boolean): WatchHandle {
  return {
    resource,
    isRequired,
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
function leastCurrent(members: readonly Member[], namespace?: string): Currency | undefined {
  let least: Currency | undefined;
  for (const { reflector } of members) {
    const currency = reflector.currency(namespace);
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
