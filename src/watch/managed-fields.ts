import type * as k8s from '@kubernetes/client-node';
import { fields, fieldsList, timeAt } from '../kube/object-fields.ts';

/**
 * When somebody last changed the status of an object, or all the rest of it. The API server keeps these times with the
 * managed fields, which a server that leaves those out does not send: then nobody knows.
 */
export function changedAt(metadata: unknown, part: 'status' | 'spec'): number | undefined {
  const times = fieldsList<k8s.V1ManagedFieldsEntry>(fields<k8s.V1ObjectMeta>(metadata).managedFields)
    .filter((entry) => (entry.subresource === 'status') === (part === 'status'))
    .map((entry) => timeAt(entry.time))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
