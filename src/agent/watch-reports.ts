import type { Logger } from '../telemetry/index.ts';
import {
  type Change,
  type FreshnessEvent,
  type ReflectorEvent,
  type WatchedResource,
  watchedResources,
  type WatchedView,
  Watches,
  type WatchesDeps,
  type WatchEvent,
  type WatchOptions,
} from '../watch/index.ts';
import type { IncidentCache } from '../incidents/index.ts';
import type { ClusterObserver } from '../observe/cluster-observer.ts';
import { isRequired, remedyFor } from './readiness.ts';

/** Who takes what the watches see. */
export interface WatchReceivers {
  readonly observer: Pick<ClusterObserver, 'upsert' | 'remove' | 'lookAgain' | 'synced'>;
  readonly incidents: Pick<IncidentCache, 'upsert' | 'remove' | 'noteList'>;
}

export interface WatchClusterDeps extends Pick<WatchesDeps, 'connection' | 'clock' | 'random'> {
  readonly onFailed: (error: unknown) => void;
  readonly wallNow: WatchesDeps['wallNow'] | undefined;
  readonly timings: WatchesDeps['timings'] | undefined;
  readonly watch: Omit<WatchOptions, 'incidentNamespace'>;
  readonly namespace: string;
  readonly log: Logger;
}

/** Watches the cluster; `onSynced` is called once, when what was seen can be acted on. */
export function watchCluster(
  deps: WatchClusterDeps,
  receivers: WatchReceivers,
  onSynced: () => void,
): Watches {
  const { connection, clock, random, onFailed, timings, wallNow, watch, namespace, log } = deps;
  const watchLog = new WatchLog(log);
  const watches = new Watches({
    connection,
    clock,
    random,
    resources: watchedResources({ ...watch, incidentNamespace: namespace }),
    isRequired,
    onFailed,
    onChange: (change) => handOn(receivers, change),
    onCheck: () => receivers.observer.lookAgain(),
    observer: (event, resource) => {
      watchLog.report(resource, event);
      if (resource.kind === 'Incident') noteList(receivers.incidents, event);
    },
    ...(wallNow === undefined ? {} : { wallNow }),
    ...(timings === undefined ? {} : { timings }),
  });
  void watches.whenSynced.then(() => {
    reportMissing(log, watches);
    receivers.observer.synced();
    onSynced();
  });
  return watches;
}

/** Hands what a watch saw to those who take it. */
export function handOn(
  {
    observer,
    incidents,
  }: { readonly incidents: Pick<IncidentCache, 'upsert' | 'remove'> } & {
    readonly observer: Pick<ClusterObserver, 'upsert' | 'remove'>;
  },
  change: Change<WatchedView>,
): void {
  const { view } = change;
  if (view.kind === 'Incident') {
    if (change.kind === 'upsert') incidents.upsert(view, change.rewritten);
    else incidents.remove(view);
  } else if (change.kind === 'upsert') {
    observer.upsert(view);
  } else {
    observer.remove(view);
  }
}

/** Tells the cache of a list of all Incidents: what it does not bring is gone. */
export function noteList(incidents: Pick<IncidentCache, 'noteList'>, event: WatchEvent): void {
  if (event.kind === 'relist') incidents.noteList('begins');
  // What could not be read may be the very one that seems to be missing.
  if (event.kind === 'synced' && event.isWhole) incidents.noteList('ends');
}

function reportUnwell(log: Logger, watched: Watched, event: Unwell): void {
  const { reason, detail } = event;
  const told = { resource: watched.name, path: watched.path, reason, detail };
  if (isRequired(watched) && (reason === 'missing' || reason === 'forbidden'))
    log.error(told, remedyFor(reason, watched));
  else log.warn(told, 'watch is unwell and goes on trying');
}

function reportFreshness(log: Logger, { name: resource, path }: Watched, event: FreshnessEvent): void {
  const told = { resource, path, staleMs: Math.round(event.staleMs) };
  if (event.kind === 'current') log.info(told, 'watch is current again');
  else
    log.warn(
      { ...told, reason: event.reason },
      'watch is not current; nothing is concluded from it until it is',
    );
}

type Watched = Pick<WatchedResource, 'name' | 'path' | 'kind' | 'namespace'>;
type Unwell = Extract<ReflectorEvent, { kind: 'unwell' }>;

/** A line when a watch is unwell and one when it is well again, not one for each try. */
export function reportWatchEvent(log: Logger, watched: Watched, event: WatchEvent): void {
  if ('staleMs' in event) return reportFreshness(log, watched, event);
  const { name: resource, path } = watched;
  switch (event.kind) {
    case 'synced':
      log.info({ resource, path, objects: event.objects, ms: Math.round(event.durationMs) }, 'watch synced');
      return;
    case 'unwell':
      reportUnwell(log, watched, event);
      return;
    case 'well':
      log.info({ resource, path, unwellMs: Math.round(event.unwellMs) }, 'watch is well again');
      return;
    case 'bad-data':
      log.warn({ resource, path, detail: event.detail, count: event.count }, 'objects could not be read');
      return;
    case 'handler-failed':
      log.error({ resource, path, err: event.error, count: event.count }, 'a change could not be handled');
      return;
    case 'relist':
    case 'reconnect':
    case 'overlap':
      log.debug({ resource, path, event: event.kind }, 'watch');
  }
}

/** Failures of one kind, and not of the API server: a right is missing, or the kind is. */
const ofOneKind: ReadonlySet<string> = new Set(['forbidden', 'missing']);

type Failure = Extract<WatchEvent, { readonly kind: 'unwell' | 'stale' }>;

/**
 * Log lines of all watches. What several watches of one collection tell is told once, and what all of them tell when the API server does
 * not answer is one line at its beginning and one at its end; the rest is logged at level debug.
 */
export class WatchLog {
  readonly #log: Logger;
  readonly #quietLog: Logger;
  /** Failures that were told and are not over, by watch. */
  readonly #failures = {
    unwell: new Map<WatchedResource, Failure>(),
    stale: new Map<WatchedResource, Failure>(),
  };
  /** The watch that tells of the lists of a collection. */
  readonly #listing = new Map<string, WatchedResource>();
  #isOutage = false;

  constructor(log: Logger) {
    this.#log = log;
    const debug = log.debug.bind(log);
    this.#quietLog = Object.assign(Object.create(log) as Logger, { info: debug, warn: debug, error: debug });
  }

  /** Tells what has happened to a watch. */
  report(watched: WatchedResource, event: WatchEvent): void {
    const isRepeated = this.#isRepeated(watched, event);
    const isOfServer = this.#note(watched, event);
    const wasOutage = this.#isOutage;
    const paths = this.#failingPaths();
    this.#isOutage = paths.size > 1;
    if (this.#isOutage && !wasOutage && 'reason' in event)
      this.#log.warn(
        { reason: event.reason },
        'several watches fail, as when the API server does not answer; nothing is concluded from them meanwhile',
      );
    const isFolded = isOfServer && (wasOutage || this.#isOutage);
    reportWatchEvent(isRepeated || isFolded ? this.#quietLog : this.#log, watched, event);
    if (wasOutage && !this.#isOutage)
      this.#log.info({ left: [...paths].join() }, 'the watches that failed are current again');
  }

  /** Whether another watch of the same collection tells the same. */
  #isRepeated(watched: WatchedResource, { kind }: WatchEvent): boolean {
    if (kind === 'synced') {
      const listing = this.#listing.get(watched.path) ?? watched;
      this.#listing.set(watched.path, listing);
      return listing !== watched;
    }
    const failures = this.#failuresFor(kind);
    return [...(failures?.keys() ?? [])].some((other) => other !== watched && other.path === watched.path);
  }

  #failuresFor(kind: WatchEvent['kind']): Map<WatchedResource, Failure> | undefined {
    if (kind === 'unwell' || kind === 'well') return this.#failures.unwell;
    return kind === 'stale' || kind === 'current' ? this.#failures.stale : undefined;
  }

  /** Whether it is the beginning or the end of a failure that can be the API server's. */
  #note(watched: WatchedResource, event: WatchEvent): boolean {
    const failures = this.#failuresFor(event.kind);
    const failure = event.kind === 'unwell' || event.kind === 'stale' ? event : failures?.get(watched);
    if (failure === event) failures?.set(watched, event);
    else failures?.delete(watched);
    return failure !== undefined && !ofOneKind.has(failure.reason);
  }

  #failingPaths(): ReadonlySet<string> {
    const failing = Object.values(this.#failures).flatMap((failures) => [...failures]);
    return new Set(failing.flatMap(([{ path }, { reason }]) => (ofOneKind.has(reason) ? [] : [path])));
  }
}

/** A line for each kind that the agent begins without. */
function reportMissing(log: Logger, { handles }: Pick<Watches, 'handles'>): void {
  for (const { resource, status } of handles) {
    if (status.synced) continue;
    const told = { resource: resource.name, path: resource.path, health: status.health };
    log.warn(told, 'the agent begins without a kind that it could not list; nothing is concluded from it');
  }
}
