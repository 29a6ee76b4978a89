import { HOUR } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
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

/** Whether an object has its annotations from its controller's template, or from the controller. */
export function isInherited(view: ObjectView): boolean {
  return view.owner !== undefined && inheritingKinds.includes(view.kind);
}

/**
 * Reads the annotation of an object. One that a controller's object inherited was not meant for it: the annotation on the
 * controller itself is the one that counts.
 */
export function manualRequest(view: ObjectView): ManualRequest | undefined {
  const value = view.fileTicket;
  if (value === undefined || view.deletedAt !== undefined) return undefined;
  if (isInherited(view)) return undefined;
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

/** The namespace whose share of requests an object takes from: a Namespace has its own, all Nodes have one together (''). */
export function requestNamespace({ kind, namespace, name }: ObjectRef): string {
  return kind === 'Namespace' ? name : namespace;
}

/**
 * When a namespace may have its next request filed, by when its last ones were (epoch milliseconds): undefined is now.
 * No more than `perHour` begin in any hour.
 */
export function requestTurn(openedAt: readonly number[], perHour: number, now: number): number | undefined {
  // One from a clock that was ahead counts from now on, so that it cannot block for longer than an hour.
  const recent = openedAt.map((at) => Math.min(at, now)).filter((at) => at > now - HOUR);
  const first = recent.toSorted((left, right) => left - right)[recent.length - perHour];
  return first === undefined ? undefined : first + HOUR;
}
