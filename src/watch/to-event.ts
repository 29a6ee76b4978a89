import type * as k8s from '@kubernetes/client-node';
import { eventReason, type EventReason } from '../domain/events.ts';
import type { EventView } from '../domain/views.ts';
import { containerIn, cut, eventTimes, type Fields, fields, plainNote, text } from '../kube/object-fields.ts';
import { createInterner } from '../lib/bounded-map.ts';
import { MAX_WORD_LENGTH, message, toBase, word } from './object-meta.ts';

/** The back-off of a pull says only what the status of the pod says. */
const RESTARTING = /^Back-off restarting failed container/;

/** The pods of one owner mostly fail with the same words. */
const internNote = createInterner(2_000);

/**
 * An Event of events.k8s.io/v1. Reporters of the old API (the kubelet among them) fill only the `deprecated` fields,
 * those of the new one `eventTime` and, from the second time on, `series`. Undefined for a reason that no detector reads.
 */
export function toEvent(object: unknown): EventView | undefined {
  const event = fields<k8s.EventsV1Event>(object);
  const base = toBase(event.metadata, 'events.k8s.io/v1');
  if (base === undefined) return undefined;
  const reason = eventReason(text(event.reason) ?? '');
  const note = plainNote(message(event.note) ?? '');
  // Nobody would read it.
  if (reason === undefined || (reason === 'BackOff' && !RESTARTING.test(note))) return undefined;
  const { extras, ...own } = base;
  return {
    kind: 'Event',
    ...own,
    reason,
    note: internNote(note),
    ...about(fields<k8s.V1ObjectReference>(event.regarding), reason),
    ...eventTimes(object),
    ...extras,
  };
}

/** The object, and whose probe it is for an Event that a detector reads for that. */
function about(
  regarding: Fields<k8s.V1ObjectReference>,
  reason: EventReason,
): Pick<EventView, 'regarding' | 'container'> {
  const container = reason === 'Unhealthy' ? containerIn(text(regarding.fieldPath) ?? '') : undefined;
  return {
    regarding: {
      kind: word(regarding.kind) ?? '',
      namespace: word(regarding.namespace) ?? '',
      // Of hundreds of thousands of objects: they would push all else out of the pool of words.
      name: cut(text(regarding.name) ?? '', MAX_WORD_LENGTH),
      uid: cut(text(regarding.uid) ?? '', MAX_WORD_LENGTH),
    },
    ...(container === undefined ? undefined : { container: word(container) ?? '' }),
  };
}
