import type { IncidentBook } from '../correlate/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { Outbox } from '../outbox/index.ts';
import { type Metrics, showCount } from '../telemetry/index.ts';
import type { ReflectorStatus, Watches } from '../watch/index.ts';

/** What has numbers to show that nobody counts. */
export interface Measured {
  readonly watches: Pick<Watches, 'handles'>;
  readonly outbox: Pick<Outbox, 'pending'>;
  readonly book: Pick<IncidentBook, 'size'>;
}

/** Copies the state of the stages into the metrics, each time they are scraped. */
export function measure(metrics: Metrics, { watches, outbox, book }: Measured, now: number): void {
  const { count, oldestAt = now } = outbox.pending();
  metrics.pendingTickets.set(count);
  metrics.oldestPendingSeconds.set(Math.max(0, now - oldestAt) / SECOND);
  metrics.standing.set(book.size);
  for (const { resource, status } of watches.handles) measureWatch(metrics, resource.name, status);
}

function measureWatch(metrics: Metrics, resource: string, status: ReflectorStatus): void {
  metrics.watchObjects.set({ resource }, status.objects);
  metrics.watchSynced.set({ resource }, status.synced ? 1 : 0);
  if (status.lastByteAgeMs !== undefined)
    metrics.watchLastByteAge.set({ resource }, status.lastByteAgeMs / 1_000);
  for (const [reason, count] of Object.entries(status.relists))
    showCount(metrics.watchRelists, { resource, reason }, count);
  for (const [reason, count] of Object.entries(status.reconnects))
    showCount(metrics.watchReconnects, { resource, reason }, count);
  const errors = {
    decode: status.decodeErrors,
    oversize: status.oversize,
    projection: status.projectionErrors,
    handler: status.handlerErrors,
  };
  for (const [kind, count] of Object.entries(errors))
    showCount(metrics.watchErrors, { resource, kind }, count);
}
