import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { redactionLabels } from '../compose/composer.ts';
import type { Config } from '../config/index.ts';
import {
  type Correlator,
  type Silences,
  silenceStates,
  suppressions,
  timedSuppressions,
} from '../correlate/index.ts';
import { SECOND } from '../domain/clock.ts';
import { failureClasses } from '../domain/failure-classes.ts';
import type { IncidentCache } from '../incidents/index.ts';
import { type ClusterClock, MAX_SKEW_MS } from '../lib/clock.ts';
import type { ClusterObserver } from '../observe/cluster-observer.ts';
import type { Outbox } from '../outbox/index.ts';
import { type Logger, type Metrics, showCount, startSeries } from '../telemetry/index.ts';
import {
  eventBounds,
  reconnectReasons,
  reflectorPhases,
  type ReflectorStatus,
  relistReasons,
  type Watches,
} from '../watch/index.ts';

/** What has numbers to show that nobody counts. */
interface Measured {
  readonly watches: Pick<Watches, 'handles' | 'eventsDropped'>;
  readonly outbox: Pick<Outbox, 'pending'>;
  readonly correlator: Pick<Correlator, 'size'>;
  readonly observer: Pick<ClusterObserver, 'suppressed'>;
  readonly incidents: Pick<IncidentCache, 'count' | 'setAside'>;
  readonly silences: Silences;
  readonly isLeader: boolean;
}

const suppressionRules = ['for', ...suppressions, ...timedSuppressions] as const;

/** Starts every series whose labels other folders know, and shows the configuration. `resources`: the names of all that is watched. */
export function startAllSeries(metrics: Metrics, config: Config, resources: readonly string[]): void {
  startSeries(metrics.suppressed, { rule: suppressionRules, class: failureClasses });
  startSeries(metrics.suppressedObjects, { rule: suppressionRules });
  startSeries(metrics.silences, { state: silenceStates });
  startSeries(metrics.redactions, { rule: redactionLabels });
  for (const resource of new Set(resources)) measureWatch(metrics, { resource, statuses: [], now: 0 });
  metrics.incidentObjectsLimit.set(config.incidents.max);
  const hash = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 10);
  const scope = config.watch.namespaces.length === 0 ? 'cluster' : 'namespaces';
  metrics.configInfo.set({ mode: config.mode, scope, hash }, 1);
}

/** Copies the state of the stages into the metrics, each time they are scraped. `now` in epoch milliseconds. */
export function updateGauges(metrics: Metrics, measured: Measured, now: number): void {
  const { watches } = measured;
  showCluster(metrics, measured, now);
  for (const bound of eventBounds)
    showCount(metrics.watchEventsDropped, { bound }, watches.eventsDropped[bound]);
  const byResource = Map.groupBy(watches.handles, ({ resource }) => resource.name);
  for (const [resource, handles] of byResource)
    measureWatch(metrics, { resource, statuses: handles.map(({ status }) => status), now });
}

/** What is so of the cluster and not of this replica: the leader alone shows it, so that the sum over all replicas is right. */
function showCluster(
  metrics: Metrics,
  { outbox, correlator, observer, incidents, silences, isLeader }: Measured,
  now: number,
): void {
  const ifLeading = (number: number): number => (isLeader ? number : 0);
  const { count, oldestAt = 0 } = outbox.pending();
  metrics.pendingTickets.set(ifLeading(count));
  metrics.oldestPending.set(ifLeading(oldestAt / SECOND));
  metrics.incidentsKnown.set(ifLeading(correlator.size));
  const states = silences.counts(now);
  for (const state of silenceStates) metrics.silences.set({ state }, ifLeading(states[state]));
  const kept = observer.suppressed(now);
  for (const rule of suppressionRules)
    metrics.suppressedObjects.set({ rule }, ifLeading(kept.get(rule) ?? 0));
  metrics.incidentObjects.set(ifLeading(incidents.count));
  for (const [reason, number] of Object.entries(incidents.setAside))
    metrics.incidentsIgnored.set({ reason }, ifLeading(number));
}

interface WatchedNow {
  readonly resource: string;
  /** Of all its watches; none before they begin. */
  readonly statuses: readonly ReflectorStatus[];
  readonly now: number;
}

/** Each namespace of a list has its own watch: their numbers add up, and the worst of them counts for all. */
function measureWatch(metrics: Metrics, { resource, statuses, now }: WatchedNow): void {
  const sum = (numberOf: (status: ReflectorStatus) => number): number =>
    statuses.reduce((total, status) => total + numberOf(status), 0);
  const since = (ageOf: (status: ReflectorStatus) => number | undefined): number =>
    oldest(statuses.map(ageOf), now);
  const isCurrent = statuses.length > 0 && statuses.every((status) => status.isCurrent);
  metrics.watchObjects.set(
    { resource },
    sum(({ objects }) => objects),
  );
  metrics.watchCurrent.set({ resource }, isCurrent ? 1 : 0);
  for (const phase of reflectorPhases)
    metrics.watchPhase.set(
      { resource, phase },
      sum((status) => (status.phase === phase ? 1 : 0)),
    );
  metrics.watchLastByte.set(
    { resource },
    since(({ lastByteAgeMs }) => lastByteAgeMs),
  );
  metrics.watchLastProven.set(
    { resource },
    since(({ lastProvenAgeMs }) => lastProvenAgeMs),
  );
  const longestMs = Math.max(0, ...statuses.map(({ listDurationMs = 0 }) => listDurationMs));
  metrics.watchListDuration.set({ resource }, longestMs / SECOND);
  countWatch(metrics, resource, sum);
}

function countWatch(
  metrics: Metrics,
  resource: string,
  sum: (numberOf: (status: ReflectorStatus) => number) => number,
): void {
  for (const reason of relistReasons)
    showCount(
      metrics.watchRelists,
      { resource, reason },
      sum(({ relists }) => relists[reason] ?? 0),
    );
  for (const reason of reconnectReasons)
    showCount(
      metrics.watchReconnects,
      { resource, reason },
      sum(({ reconnects }) => reconnects[reason] ?? 0),
    );
  const errors = {
    decode: sum(({ decodeErrors }) => decodeErrors),
    oversize: sum(({ oversize }) => oversize),
    projection: sum(({ projectionErrors }) => projectionErrors),
    handler: sum(({ handlerErrors }) => handlerErrors),
  };
  for (const [kind, count] of Object.entries(errors))
    showCount(metrics.watchErrors, { resource, kind }, count);
}

/** In epoch seconds; 0 where it has not happened to one of them yet. */
function oldest(agesMs: readonly (number | undefined)[], now: number): number {
  const longestMs = Math.max(...agesMs.map((age) => age ?? Infinity));
  return Number.isFinite(longestMs) ? (now - longestMs) / SECOND : 0;
}

/** Shows when the files of the ticket API were changed. */
export async function showFiles({ fileTimestamp }: Metrics, { ticketApi }: Config): Promise<void> {
  const { tokenFile: token, caFile: ca, proxy } = ticketApi;
  for (const [file, path] of Object.entries({ token, ca, proxy: proxy?.credentialsFile })) {
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    fileTimestamp.set({ file }, (found?.mtimeMs ?? 0) / SECOND);
  }
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
