import { type Clock, SECOND } from '../domain/clock.ts';
import { INCIDENT_KIND } from '../domain/incident.ts';
import type { StaleWatch, WatchedResource, Watches } from '../watch/index.ts';

/** Without Incidents the agent knows neither what was filed nor how to file; without pods it sees next to nothing. */
export function isRequired({ kind, namespace }: Pick<WatchedResource, 'kind' | 'namespace'>): boolean {
  // One namespace of a list may not be there yet, and the others must not wait for it.
  return kind === INCIDENT_KIND || (kind === 'Pod' && namespace === undefined);
}

type Readable = Pick<Watches, 'synced' | 'outOfReach' | 'handles' | 'stale'>;

/** Why nothing can be filed, or nothing can be concluded from what is seen; undefined when all that is required is current. */
export function whyUnready(watches: Readable, clock: Clock): string | undefined {
  if (watches.synced) {
    const all = watches.stale();
    const stale = all.filter(({ resource }) => isRequired(resource) || isLastOfPods(resource, watches, all));
    return stale.length === 0 ? undefined : `not current: ${wordsFor(stale, clock)}`;
  }
  const { resource, status } = watches.outOfReach() ?? {};
  if (resource !== undefined)
    return remedyFor(status?.health === 'refused' ? 'forbidden' : 'missing', resource);
  const open = watches.handles.filter(({ status: { synced } }) => !synced);
  const names = [...new Set(open.map(({ resource: { name } }) => name))].join(', ');
  const stale = wordsFor(watches.stale(), clock);
  return `not listed yet: ${names}${stale === '' ? '' : `; ${stale}`}`;
}

/** In namespaced mode one namespace may be missing; without the Pods of any the agent sees nothing at all. */
function isLastOfPods(
  { kind }: Pick<WatchedResource, 'kind'>,
  { handles }: Pick<Readable, 'handles'>,
  stale: readonly StaleWatch[],
): boolean {
  const isPod = (resource: Pick<WatchedResource, 'kind'>): boolean => resource.kind === 'Pod';
  const watched = handles.filter(({ resource }) => isPod(resource)).length;
  return kind === 'Pod' && stale.filter(({ resource }) => isPod(resource)).length >= watched && watched > 0;
}

/** What a ready agent does without, a line for each. */
export function remarksOn(watches: Pick<Watches, 'stale'>, clock: Clock): readonly string[] {
  const stale = watches.stale().filter(({ resource }) => !isRequired(resource));
  return stale.map((watch) => `not current, and nothing is concluded from it: ${wordsFor([watch], clock)}`);
}

function wordsFor(stale: readonly StaleWatch[], clock: Clock): string {
  return stale
    .map(({ resource, since, reason }) => {
      const at = new Date(clock.now() - clock.monotonic() + since).toISOString();
      return `${resource.name} (${resource.path}) since ${at}: ${reason}`;
    })
    .join('; ');
}

/** Waits until what the agent decides by is known as it has been since now. Resolves early when the signal is aborted. */
export async function untilCurrent(
  watches: Pick<Watches, 'handles' | 'prove'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock.monotonic();
  while (!signal.aborted && !isCurrentSince(watches, startedAt, clock.monotonic())) {
    watches.prove(DECISIVE_KINDS);
    await clock.sleep(CURRENCY_CHECK_MS, signal).catch(() => undefined);
  }
}

const DECISIVE_KINDS = [INCIDENT_KIND, 'Pod'] as const;
const CURRENCY_CHECK_MS = 100;
/** One namespace of a list may never be current; the others do not wait longer for it. */
const NAMESPACE_WAIT_MS = 10 * SECOND;

function isCurrentSince({ handles }: Pick<Watches, 'handles'>, startedAt: number, now: number): boolean {
  const isLate = now - startedAt >= NAMESPACE_WAIT_MS;
  return handles
    .filter(({ resource: { kind } }) => kind === INCIDENT_KIND || kind === 'Pod')
    .every(({ resource, status: { isCurrent, lastProvenAgeMs = Infinity } }) => {
      return (isCurrent && now - lastProvenAgeMs >= startedAt) || (isLate && !isRequired(resource));
    });
}

/** What an administrator has to do where the Incidents cannot be reached. */
export function remedyFor(
  reason: 'missing' | 'forbidden',
  { kind, path }: Pick<WatchedResource, 'kind' | 'path'>,
): string {
  return reason === 'missing' && kind === INCIDENT_KIND
    ? 'the custom resource incidents.support.ankra.app is not installed, and nothing is filed without it: kubectl apply -f deploy/crd.yaml'
    : `the agent may not list and watch ${path}, and nothing is filed without it: give it the rights of docs/install.md`;
}
