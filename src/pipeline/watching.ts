import type { Incident } from '../domain/incident.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Change, ReflectorEvent, WatchedResource, WatchedView } from '../watch/index.ts';
import type { Pipeline } from './index.ts';

/** Hands what a watch saw to the pipeline. */
export function handOn(pipeline: Pipeline, change: Change<WatchedView>): void {
  const { view } = change;
  if (view.kind === 'Incident') {
    const incident: Incident = view;
    if (change.kind === 'upsert') pipeline.upsertIncident(incident, change.rewritten);
    else pipeline.removeIncident(incident);
  } else if (change.kind === 'upsert') {
    pipeline.upsert(view);
  } else {
    pipeline.remove(view);
  }
}

/** A line when a watch is unwell and one when it is well again, not one for each try. */
export function reportWatchEvent(
  log: Logger,
  { name: resource, path }: Pick<WatchedResource, 'name' | 'path'>,
  event: ReflectorEvent,
): void {
  switch (event.kind) {
    case 'synced':
      log.info({ resource, path, objects: event.objects, ms: Math.round(event.durationMs) }, 'watch synced');
      return;
    case 'unwell':
      log.warn(
        { resource, path, reason: event.reason, detail: event.detail },
        'watch is unwell and goes on trying',
      );
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
