import { INCIDENT_KIND } from '../domain/incident.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Change, ReflectorEvent, WatchedResource, WatchedView, Watches } from '../watch/index.ts';
import type { Pipeline } from './index.ts';

/** Hands what a watch saw to the pipeline. */
export function handOn(pipeline: Pipeline, change: Change<WatchedView>): void {
  const { view } = change;
  if (view.kind === 'Incident') {
    if (change.kind !== 'upsert') pipeline.removeIncident(view);
    else if ('unreadable' in view) pipeline.upsertUnreadable(view);
    else pipeline.upsertIncident(view, change.rewritten);
  } else if (change.kind === 'upsert') {
    pipeline.upsert(view);
  } else {
    pipeline.remove(view);
  }
}

/** Why nothing can be filed yet; undefined when everything has been listed. */
export function whyUnready(watches: Pick<Watches, 'synced' | 'outOfReach'>): string | undefined {
  if (watches.synced) return undefined;
  const { resource, status } = watches.outOfReach() ?? {};
  if (resource === undefined) return 'the watches have not listed everything yet';
  return remedyFor(status?.health === 'refused' ? 'forbidden' : 'missing', resource.path);
}

/** What an administrator has to do where the Incidents cannot be reached. */
function remedyFor(reason: 'missing' | 'forbidden', path: string): string {
  return reason === 'missing'
    ? 'the custom resource incidents.support.ankra.app is not installed, and nothing is filed without it: kubectl apply -f deploy/crd.yaml'
    : `the agent may not list and watch ${path}, and nothing is filed without it: give it the rights of docs/install.md`;
}

function reportUnwell(log: Logger, { name, path, kind }: Watched, event: Unwell): void {
  const { reason, detail } = event;
  const told = { resource: name, path, reason, detail };
  if (kind === INCIDENT_KIND && (reason === 'missing' || reason === 'forbidden'))
    log.error(told, remedyFor(reason, path));
  else log.warn(told, 'watch is unwell and goes on trying');
}

type Watched = Pick<WatchedResource, 'name' | 'path' | 'kind'>;
type Unwell = Extract<ReflectorEvent, { kind: 'unwell' }>;

/** A line when a watch is unwell and one when it is well again, not one for each try. */
export function reportWatchEvent(log: Logger, watched: Watched, event: ReflectorEvent): void {
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
