import type { Config } from '../config/index.ts';
import type { Correlator } from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { OwnerReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { KubeOwnerReader } from '../kube/owner-reader.ts';
import { toOwner } from '../watch/index.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { createObjectObserver, type ObjectObserver } from '../observe/object-observer.ts';
import { createCustomOwners } from '../observe/custom-owners.ts';
import type { Report } from './report.ts';
import type { StageSettings } from './stage-settings.ts';

interface OwnerSource {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly config: Config;
}

export interface OpenObserverDeps extends OwnerSource {
  readonly index: ClusterIndex;
  readonly book: Correlator;
  readonly clusterKey: string;
  readonly settings: StageSettings;
  readonly report: Report;
}

/** A reader that looks at owners with the selector of the configuration. */
export function openOwnerReader({ connection, clock, config }: OwnerSource): OwnerReader {
  const { workloadSelector } = config.watch;
  return new KubeOwnerReader({ connection, clock, project: (object) => toOwner(object, workloadSelector) });
}

/** The observer of one agent, with its owners; `signal` ends their reads. */
export function openObserver(
  deps: OpenObserverDeps,
  { enqueue, look }: Pick<Reconciler, 'enqueue' | 'look'>,
  signal: AbortSignal,
): ObjectObserver {
  const { settings } = deps;
  return createObjectObserver({
    ...deps,
    owners: createCustomOwners({ ...deps, reader: openOwnerReader(deps), look, signal }),
    rules: settings.rules,
    holdMs: settings.book.holdMs,
    detectOptions: settings.detect,
    touch: enqueue,
  });
}
