import type { ObjectView, ViewKind } from '../domain/views.ts';

/** Longest request in characters. It is a note for the people who read the ticket, not a report. */
export const REQUEST_LIMIT = 500;

/** A request by annotation: what a person wrote, or why it cannot be taken. */
export type ManualRequest =
  | { readonly kind: 'request'; readonly value: string; readonly note: string }
  | { readonly kind: 'refused'; readonly value: string; readonly reason: string };

/** Control characters, halves of characters, line and paragraph separators, direction overrides: they could pose as other text. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Made from a template, or with a copy of their controller's annotations. Other kinds carry only what was put on them. */
const inheritingKinds: readonly ViewKind[] = ['Pod', 'ReplicaSet', 'Job'];

/**
 * Reads the annotation of an object. One that a controller's object inherited was not meant for it: the annotation on the
 * controller itself is the one that counts.
 */
export function manualRequest(view: ObjectView): ManualRequest | undefined {
  const value = view.fileTicket;
  if (value === undefined || view.deletedAt !== undefined) return undefined;
  if (view.owner !== undefined && inheritingKinds.includes(view.kind)) return undefined;
  const note = value.trim();
  const reason = refusal(note);
  return reason === undefined ? { kind: 'request', value, note } : { kind: 'refused', value, reason };
}

function refusal(note: string): string | undefined {
  if (note === '') return 'the value is empty: write in a few words what is wrong';
  if (note.length > REQUEST_LIMIT) return `the value is longer than ${REQUEST_LIMIT} characters`;
  if (FORBIDDEN.test(note)) return 'the value has control characters or line breaks: write one plain line';
  return undefined;
}
