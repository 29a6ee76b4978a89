import type { EventsV1Event, V1ObjectReference } from '@kubernetes/client-node';
import type { EventView } from '../domain/views.ts';
import { eventTimes } from '../kube/evidence/event-times.ts';
import { fields } from '../kube/evidence/raw.ts';
import { message, toBase, word } from './base.ts';

/**
 * An Event of events.k8s.io/v1. Reporters of the old API (the kubelet among them) fill only the `deprecated` fields,
 * those of the new one `eventTime` and, from the second time on, `series`.
 */
export function toEvent(object: unknown): EventView | undefined {
  const event = fields<EventsV1Event>(object);
  const base = toBase(event.metadata, 'events.k8s.io/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const regarding = fields<V1ObjectReference>(event.regarding);
  return {
    kind: 'Event',
    ...own,
    regarding: {
      kind: word(regarding.kind) ?? '',
      namespace: word(regarding.namespace) ?? '',
      name: word(regarding.name) ?? '',
      uid: word(regarding.uid) ?? '',
    },
    reason: word(event.reason) ?? '',
    note: message(event.note) ?? '',
    ...eventTimes(object),
    ...extras,
  };
}
