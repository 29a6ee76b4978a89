import type { ObjectRef } from '../domain/failure.ts';
import type { ViewKind } from '../domain/views.ts';
import { apiGroup } from './identity.ts';

/** Kinds that are watched, so that one that is not found though it would be seen does not exist, and their API groups. */
const watchedKinds: ReadonlyMap<string, string> = new Map<ViewKind, string>([
  ['Pod', ''],
  ['Node', ''],
  ['Namespace', ''],
  ['Deployment', 'apps'],
  ['StatefulSet', 'apps'],
  ['DaemonSet', 'apps'],
  ['ReplicaSet', 'apps'],
  ['Job', 'batch'],
  ['CronJob', 'batch'],
]);

/** Whether the kind of an object is watched; there are other Jobs than ours. */
export function isWatched({ kind, apiVersion }: Pick<ObjectRef, 'kind' | 'apiVersion'>): boolean {
  return watchedKinds.get(kind) === apiGroup(apiVersion);
}
