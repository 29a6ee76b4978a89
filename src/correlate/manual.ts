import type { ObjectView } from '../domain/views.ts';

/** Longest request in characters. It is a note for the people who read the ticket, not a report. */
export const REQUEST_LIMIT = 500;

/** A request by annotation: what a person wrote, or why it cannot be taken. */
export type ManualRequest =
  | { readonly kind: 'request'; readonly value: string; readonly note: string }
  | { readonly kind: 'refused'; readonly value: string; readonly reason: string };

// Control characters, line and paragraph separators and direction overrides, which could pose as other text.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * Reads the annotation of an object. Pods and ReplicaSets that a controller made inherit it from a template that was
 * not meant for each of them: the annotation on the controller itself is the one that counts.
 */
export function manualRequest(view: ObjectView): ManualRequest | undefined {
  const value = view.fileTicket;
  if (value === undefined || view.deletedAt !== undefined) return undefined;
  if (view.owner !== undefined) return undefined;
  const note = value.trim();
  if (note === '')
    return { kind: 'refused', value, reason: 'the value is empty: write in a few words what is wrong' };
  if (note.length > REQUEST_LIMIT) {
    return { kind: 'refused', value, reason: `the value is longer than ${REQUEST_LIMIT} characters` };
  }
  if (FORBIDDEN.test(note)) {
    return {
      kind: 'refused',
      value,
      reason: 'the value has control characters or line breaks: write one plain line',
    };
  }
  return { kind: 'request', value, note };
}
