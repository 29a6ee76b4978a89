import type { Clock } from '../domain/clock.ts';
import type { Freshness } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import {
  type Change,
  defaultTimings,
  MAX_STEP_MS,
  Reflector,
  type ReflectorEvent,
  type ReflectorStatus,
  type ReflectorTimings,
} from '../kube/reflector/index.ts';
import {
  covering,
  type FreshnessEvent,
  leastCurrent,
  type Member,
  PATIENCE_MS,
  PauseDetector,
  type StaleWatch,
  staleWatches,
  supervise,
  type SupervisionDeps,
} from './supervision.ts';
import { type EventBound, EventRetention } from './event-retention.ts';
import type { WatchedResource, WatchedView } from './resources.ts';

export { eventBounds } from './event-retention.ts';
export type { EventBound } from './event-retention.ts';
export {
  type Selectors,
  toOwner,
  watchedResources,
  type WatchedResource,
  type WatchedView,
  type WatchOptions,
} from './resources.ts';
export { reconnectReasons, reflectorPhases, relistReasons } from '../kube/reflector/index.ts';
export type { IncidentView, UnreadableIncidentView } from '../kube/incident-store/read.ts';
export type { Change, ReflectorEvent, ReflectorStatus, StaleReason } from '../kube/reflector/index.ts';
export type { FreshnessEvent, StaleWatch } from './supervision.ts';

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
  readonly onCheck?: () => void;
  /** A watch has ended although it must not: a defect. */
  readonly onFailed?: (error: unknown) => void;
  /** The machine's wall clock, where `clock` is not that. */
  readonly wallNow?: () => number;
  readonly timings?: Partial<ReflectorTimings>;
  /** Between two checks for pauses and for what to report; a second. */
  readonly checkMs?: number;
}

/** What is worth a log line. */
export type WatchEvent = ReflectorEvent | FreshnessEvent;

/** One watched resource: its name, how it fares and what it holds. */
export interface WatchHandle {
  readonly resource: WatchedResource;
  readonly store: Reflector<WatchedView>['store'];
  /** A snapshot of this moment. */
  readonly status: ReflectorStatus;
  readonly isRequired: boolean;
}

/** All watches of the agent. */
export class Watches {
  readonly handles: readonly WatchHandle[];
  /** Resolves when `synced` turns true; never if the watches are stopped before. */
  readonly whenSynced: Promise<void>;
  readonly #deps: WatchesDeps;
  readonly #members: readonly Member[];
  readonly #pauses: PauseDetector;
  readonly #retention = new EventRetention();
  readonly #ending = new AbortController();
  readonly #startedAt: number;
  readonly #onSynced: () => void;
  readonly #supervision: Promise<void>;
  #synced = false;

  /** Starts one reflector for each resource, in their order. */
  constructor(deps: WatchesDeps) {
    const { clock, isRequired = () => false, wallNow = () => clock.now() } = deps;
    ({ promise: this.whenSynced, resolve: this.#onSynced } = Promise.withResolvers<void>());
    this.#deps = deps;
    this.#pauses = new PauseDetector({ clock, wallNow });
    this.#startedAt = clock.monotonic();
    this.#members = deps.resources.map((resource) => ({ resource, reflector: this.#reflectorFor(resource) }));
    this.handles = this.#members.map((member) => handleOf(member, isRequired(member.resource)));
    for (const { reflector } of this.#members) reflector.start();
    this.#supervision = this.#supervise();
  }

  /** Events that were dropped, by the bound that they were beyond. */
  get eventsDropped(): Readonly<Record<EventBound, number>> {
    return this.#retention.dropped;
  }

  /**
   * Every resource was seen whole once, or is done without: one that is not required, and that the agent has no right to, is not
   * installed, or could not be listed for two minutes. It is tried for ever, and the rest must not wait for it.
   */
  get synced(): boolean {
    return this.#synced;
  }

  /**
   * How current all is that is watched of a kind in a namespace: `''` for what lies in no namespace; without a namespace, in all that are
   * watched. Undefined when a part of it is not current now, and when it is not watched at all.
   */
  freshness(kind: WatchedView['kind'], namespace?: string): Freshness | undefined {
    return leastCurrent(covering(this.#members, [kind], namespace), namespace);
  }

  /**
   * Looks for a proof that all of these is known, instead of waiting for the next bookmark: `freshness` has it within a few seconds, if all is
   * well. Each collection is asked about every ten seconds at most.
   */
  prove(kinds: readonly WatchedView['kind'][], namespace?: string): void {
    for (const { reflector } of covering(this.#members, kinds, namespace)) reflector.prove();
  }

  /** Those that have not been current for longer than a moment. */
  stale(): readonly StaleWatch[] {
    return staleWatches(this.#members, this.#deps.clock.monotonic());
  }

  /** A required resource that cannot be reached, if there is one. */
  outOfReach(): WatchHandle | undefined {
    return this.handles.find((handle) => handle.isRequired && isOutOfReach(handle));
  }

  /** The path of a watch that makes no progress any more, if there is one: a restart may help. */
  stalled(): string | undefined {
    return this.handles.find(({ status }) => status.lastStepAgeMs > MAX_STEP_MS)?.resource.path;
  }

  /** Ends all watches; nothing is called after it resolves. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('the watches are stopped'));
    await Promise.all([this.#supervision, ...this.#members.map(({ reflector }) => reflector.stop())]);
  }

  #reflectorFor(resource: WatchedResource): Reflector<WatchedView> {
    const { connection, clock, random, onChange, onFailed, timings } = this.#deps;
    return new Reflector<WatchedView>({
      connection,
      clock,
      random,
      onChange,
      onFailed,
      timings,
      resource,
      project: resource.project,
      retention: this.#retention,
      onSynced: () => this.#check(),
      lastPause: () => this.#pauses.last(),
      observer: (event) => this.#observe(event, resource),
    });
  }

  #observe(event: ReflectorEvent, resource: WatchedResource): void {
    this.#deps.observer?.(event, resource);
    // A collection in which nothing is older may still lack what was deleted since the backup: all are listed again.
    if (event.kind === 'relist' && event.reason === 'regressed')
      for (const { reflector } of this.#members) reflector.forceRelist();
    if (event.kind === 'well') retryRefused(this.#members, resource.namespace);
    this.#check();
  }

  #check(): void {
    if (this.#synced) return;
    const isLate = this.#deps.clock.monotonic() - this.#startedAt >= PATIENCE_MS;
    this.#synced = this.handles.every(
      (handle) => handle.status.synced || (!handle.isRequired && (isLate || isOutOfReach(handle))),
    );
    if (this.#synced) this.#onSynced();
  }

  async #supervise(): Promise<void> {
    const { clock, timings, checkMs, onCheck, onFailed, observer = () => undefined } = this.#deps;
    const { signal } = this.#ending;
    const deps: SupervisionDeps = {
      clock,
      members: this.#members,
      pauses: this.#pauses,
      graceMs: timings?.pauseGraceMs ?? defaultTimings.pauseGraceMs,
      checkMs,
      isStarted: () => this.#synced,
      onCheck: () => {
        this.#check();
        onCheck?.();
      },
      observer,
    };
    await supervise(deps, signal).catch((error: unknown) => {
      if (!signal.aborted) onFailed?.(error);
    });
  }
}

/** Rights are mostly given for all kinds of a namespace at once: what was refused there need not wait any longer. */
function retryRefused(members: readonly Member[], namespace: string | undefined): void {
  for (const { resource, reflector } of members)
    if (resource.namespace === namespace && reflector.status.health === 'refused') reflector.retry();
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
