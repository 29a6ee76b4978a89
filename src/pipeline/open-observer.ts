import type { Config } from '../config/index.ts';
import type { IncidentBook } from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { OwnerReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createOwnerReader } from '../kube/owner-reader.ts';
import { toOwner } from '../watch/index.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { Pipeline } from './index.ts';
import { createObjectObserver, type ObjectObserver } from './observer.ts';
import { createOwners } from './owners.ts';
import type { Report } from './report.ts';
import type { StageSettings } from './settings.ts';

interface OwnerSource {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly config: Config;
}

export interface OpenObserverDeps extends OwnerSource {
  readonly index: ClusterIndex;
  readonly book: IncidentBook;
  readonly clusterKey: string;
  readonly settings: StageSettings;
  readonly report: Report;
}

/** A reader that looks at owners with the selector of the configuration. */
export function openOwnerReader({ connection, clock, config }: OwnerSource): OwnerReader {
  const { workloadSelector } = config.watch;
  return createOwnerReader({ connection, clock, project: (object) => toOwner(object, workloadSelector) });
}

/** The observer of one agent, with its owners; `signal` ends their reads. */
export function openObserver(
  deps: OpenObserverDeps,
  { touch, look }: Pick<Pipeline, 'touch' | 'look'>,
  signal: AbortSignal,
): ObjectObserver {
  const { settings } = deps;
  return createObjectObserver({
    ...deps,
    owners: createOwners({ ...deps, reader: openOwnerReader(deps), look, signal }),
    rules: settings.rules,
    holdMs: settings.book.holdMs,
    detectOptions: settings.detect,
    touch,
  });
}
