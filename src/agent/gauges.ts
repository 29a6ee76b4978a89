import { type Correlator, type Silences, suppressions, timedSuppressions } from '../correlate/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { IncidentCache } from '../incidents/index.ts';
import type { ClusterObserver } from '../observe/cluster-observer.ts';
import type { Outbox } from '../outbox/index.ts';
import { type Logger, type Metrics, showCount } from '../telemetry/index.ts';
import { showSilences } from './evaluation-report.ts';
import { eventBounds, reflectorPhases, type ReflectorStatus, type Watches } from '../watch/index.ts';
import { type ClusterClock, MAX_SKEW_MS } from '../lib/clock.ts';

/** What has numbers to show that nobody counts. */
interface Measured {
  readonly watches: Pick<Watches, 'handles' | 'eventsDropped'>;
  readonly outbox: Pick<Outbox, 'pending'>;
  readonly correlator: Pick<Correlator, 'size'>;
  readonly observer: Pick<ClusterObserver, 'keptBack'>;
  readonly incidents: Pick<IncidentCache, 'count' | 'setAside'>;
  readonly silences: Silences;
}

/** Copies the state of the stages into the metrics, each time they are scraped. */
export function updateGauges(
  metrics: Metrics,
  { watches, outbox, correlator, observer, incidents, silences }: Measured,
  now: number,
): void {
  const { count, oldestAt = now } = outbox.pending();
  metrics.pendingTickets.set(count);
  metrics.oldestPendingSeconds.set(Math.max(0, now - oldestAt) / SECOND);
  metrics.incidentsKnown.set(correlator.size);
  showSilences(metrics, silences, now);
  const kept = observer.keptBack(now);
  for (const rule of ['for', ...suppressions, ...timedSuppressions] as const)
    metrics.keptBack.set({ rule }, kept.get(rule) ?? 0);
  metrics.incidentObjects.set(incidents.count);
  for (const [reason, number] of Object.entries(incidents.setAside))
    metrics.incidentsIgnored.set({ reason }, number);
  for (const bound of eventBounds)
    showCount(metrics.watchEventsDropped, { bound }, watches.eventsDropped[bound]);
  const byResource = Map.groupBy(watches.handles, ({ resource }) => resource.name);
  for (const [resource, handles] of byResource) {
    measureWatch(
      metrics,
      resource,
      handles.map(({ status }) => status),
    );
  }
}

/** Each namespace of a list has its own watch: their numbers add up, and the worst of them speaks for all. */
function measureWatch(metrics: Metrics, resource: string, statuses: readonly ReflectorStatus[]): void {
  const sum = (numberOf: (status: ReflectorStatus) => number): number =>
    statuses.reduce((total, status) => total + numberOf(status), 0);
  metrics.watchObjects.set(
    { resource },
    sum(({ objects }) => objects),
  );
  metrics.watchSynced.set({ resource }, statuses.every(({ synced }) => synced) ? 1 : 0);
  metrics.watchCurrent.set({ resource }, statuses.every(({ isCurrent }) => isCurrent) ? 1 : 0);
  for (const phase of reflectorPhases)
    metrics.watchPhase.set(
      { resource, phase },
      sum((status) => (status.phase === phase ? 1 : 0)),
    );
  showLongest(metrics.watchLastByteAge, resource, statuses, ({ lastByteAgeMs }) => lastByteAgeMs);
  showLongest(metrics.watchLastProvenAge, resource, statuses, ({ lastProvenAgeMs }) => lastProvenAgeMs);
  showLongest(metrics.watchListDuration, resource, statuses, ({ listDurationMs }) => listDurationMs);
  measureTurns(metrics, resource, statuses);
  const errors = {
    decode: sum(({ decodeErrors }) => decodeErrors),
    oversize: sum(({ oversize }) => oversize),
    projection: sum(({ projectionErrors }) => projectionErrors),
    handler: sum(({ handlerErrors }) => handlerErrors),
  };
  for (const [kind, count] of Object.entries(errors))
    showCount(metrics.watchErrors, { resource, kind }, count);
}

/** In seconds; nothing where it has not happened yet. */
function showLongest(
  gauge: Metrics['watchListDuration'],
  resource: string,
  statuses: readonly ReflectorStatus[],
  msOf: (status: ReflectorStatus) => number | undefined,
): void {
  const longestMs = Math.max(...statuses.map((status) => msOf(status) ?? -1));
  if (longestMs >= 0) gauge.set({ resource }, longestMs / SECOND);
}

function measureTurns(metrics: Metrics, resource: string, statuses: readonly ReflectorStatus[]): void {
  for (const [reason, count] of added(statuses.map(({ relists }) => relists)))
    showCount(metrics.watchRelists, { resource, reason }, count);
  for (const [reason, count] of added(statuses.map(({ reconnects }) => reconnects)))
    showCount(metrics.watchReconnects, { resource, reason }, count);
}

function added(counts: readonly Readonly<Partial<Record<string, number>>>[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const [reason, count] of counts.flatMap((entry) => Object.entries(entry)))
    total.set(reason, (total.get(reason) ?? 0) + (count ?? 0));
  return total;
}

const LOOK_INTERVAL_MS = 10 * SECOND;

/** Shows how far this machine's clock is ahead of the cluster's time. */
export function showSkew({ clockSkew }: Metrics, { skewMs }: Pick<ClusterClock, 'skewMs'>): void {
  const found = skewMs();
  if (found !== undefined) clockSkew.set(found / SECOND);
}

/** Says when the wall clock of this machine goes wrong, when it changes again, and when it is right; until the signal is aborted. */
export async function reportSkew(
  clock: Pick<ClusterClock, 'skewMs' | 'sleep'>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let toldMs = 0;
  while (!signal.aborted) {
    const skewMs = clock.skewMs() ?? 0;
    if (Math.abs(skewMs - toldMs) > MAX_SKEW_MS) toldMs = tell(log, skewMs);
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
  }
}

function tell(log: Logger, skewMs: number): number {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) {
    log.info('the clock of this machine agrees with the cluster again');
    return 0;
  }
  const aheadSeconds = Math.round(skewMs / SECOND);
  log.warn(
    { aheadSeconds },
    'the clock of this machine and that of the API server differ; the agent goes by the latter',
  );
  return skewMs;
}
