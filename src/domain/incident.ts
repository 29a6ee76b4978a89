import * as z from 'zod';
import { failureClasses } from './failure-classes.ts';
import { ticketDraftSchema } from './ticket.ts';

/** API group of the Incident resource, its labels and the annotations people use. */
export const GROUP = 'support.ankra.app';
export const INCIDENT_API_VERSION = `${GROUP}/v1alpha1`;
export const INCIDENT_KIND = 'Incident';
export const FILE_TICKET_ANNOTATION = `${GROUP}/file-ticket`;
export const IGNORE_ANNOTATION = `${GROUP}/ignore`;
/** Keeps what fails back until this time, RFC 3339. */
export const IGNORE_UNTIL_ANNOTATION = `${GROUP}/ignore-until`;

export const triggers = ['automatic', 'manual', 'storm', 'shared'] as const;
export type Trigger = (typeof triggers)[number];

/** What can speak for the incidents of several owners: their node, what they all lack, or a storm. */
export const causeKinds = ['node', 'shared', 'storm'] as const;
export type CauseKind = (typeof causeKinds)[number];

export const phases = ['Pending', 'Filed', 'Recovered', 'Rejected', 'Folded', 'Observed'] as const;
export type Phase = (typeof phases)[number];

export const commentKinds = [
  'recovered',
  'recurred',
  'adopted',
  'worse',
  'grown',
  'unresolved',
  'manual',
  'linked',
] as const;
export type CommentKind = (typeof commentKinds)[number];

const timestamp = z.number().int().nonnegative();

/**
 * A word of a vocabulary that grows: a later release may write one that this release does not know, and it is kept as it is. What
 * this release writes is of the known ones: the types of what is opened, decided and said have no others.
 */
const word = z.string().min(1);

/** `spec`: immutable, but for the draft, which may be removed. Times are epoch milliseconds here, RFC 3339 on the wire. */
export const incidentSpecSchema = z
  .object({
    /** One of `triggers`, or of a later release: nothing is known then of when such an incident is over. */
    trigger: word,
    /** The cluster that it was opened in: the UID of namespace kube-system, or the configured id. Absent before 0.1.0. */
    cluster: z.string().optional(),
    target: z.object({
      apiVersion: z.string(),
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      uid: z.string(),
    }),
    /** Hash of cluster, namespace, owner group, kind and name. */
    key: z.string(),
    /** One of `failureClasses`, or of a later release, which counts as worse than all that are known. */
    class: word,
    reason: z.string(),
    openedAt: timestamp,
    /** The ticket of an earlier incident of the same owner that a person has closed. */
    previousTicketId: z.string().optional(),
    /** What a person wrote into the annotation, redacted. */
    note: z.string().optional(),
    /**
     * The incident of a common cause that covers this one from its beginning: its kind, its key and its name. Such an
     * Incident has no draft; when it is to be filed on its own after all, a new one is opened.
     */
    cause: z.object({ kind: word, key: z.string(), incident: z.string() }).optional(),
    draft: ticketDraftSchema.optional(),
  })
  .readonly();
export type IncidentSpec = z.output<typeof incidentSpecSchema>;

/**
 * A comment that is to be sent. Its marker is looked for on the ticket before any repeat. One of a kind that this release does not
 * know is sent with the text that it has.
 */
const pendingCommentSchema = z
  .object({ kind: word, marker: z.string(), at: timestamp, text: z.string() })
  .readonly();
export type PendingComment = z.output<typeof pendingCommentSchema>;

/** A file for the ticket. `state` is Pending, Attached, Refused or Dropped, or a word of a later release, which then cares for it. */
const attachmentStatusSchema = z.object({
  name: z.string(),
  state: word,
  /** The ticket that has it. */
  ticketId: z.string().optional(),
  /** Why it is not attached. */
  reason: z.string().optional(),
});
export type AttachmentStatus = z.output<typeof attachmentStatusSchema>;

export const incidentStatusSchema = z
  .object({
    phase: z.enum(phases),
    class: word.optional(),
    ticketId: z.string().optional(),
    ticketUrl: z.string().optional(),
    /** What people call the ticket, where the API says so. */
    ticketNumber: z.string().optional(),
    /** The file of the draft, and what has become of it. */
    attachment: attachmentStatusSchema.optional(),
    filedAt: timestamp.optional(),
    attempts: z.number().int().nonnegative().optional(),
    lastError: z.string().optional(),
    occurrences: z.number().int().nonnegative().optional(),
    affected: z.object({ count: z.number().int().nonnegative(), names: z.array(z.string()) }).optional(),
    lastSeenAt: timestamp.optional(),
    recoveredAt: timestamp.optional(),
    recovery: z.string().optional(),
    recurrences: z.number().int().nonnegative().optional(),
    /** When it was said on the ticket that the failure still stands after a day. */
    saidUnresolvedAt: timestamp.optional(),
    foldedInto: z.string().optional(),
    /** The incident of a common cause of which this one's ticket has been told. */
    linkedTo: z.string().optional(),
    comment: pendingCommentSchema.optional(),
  })
  .readonly();
export type IncidentStatus = z.output<typeof incidentStatusSchema>;

/**
 * What an Incident has come to by its other fields. Phases of a later release are read like this: with a ticket as filed, until it
 * has recovered; without one as Pending, as to lose a ticket is worse than to look for it in vain.
 */
export function phaseByFields({
  ticketId,
  recoveredAt,
  foldedInto,
}: Pick<IncidentStatus, 'ticketId' | 'recoveredAt' | 'foldedInto'>): Phase {
  if (ticketId !== undefined) return recoveredAt === undefined ? 'Filed' : 'Recovered';
  return foldedInto === undefined ? 'Pending' : 'Folded';
}

/** What stands in the status of an Incident and is kept, although this release does not know what it means. */
export interface KeptValues {
  /** The phase of a later release; `status.phase` is then what the other fields say. */
  readonly phase?: string;
  /** Conditions of types that this release does not write, as they are on the wire. */
  readonly conditions?: readonly unknown[];
}

/** An Incident as it stands in the cluster. */
export interface Incident {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: number;
  readonly spec: IncidentSpec;
  readonly status: IncidentStatus;
  readonly kept?: KeptValues;
}

/**
 * An Incident that this release cannot read. It occupies its name, and its key as far as that can be made out; nothing else is done
 * with it.
 */
export interface UnreadableIncident {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly namespace: string;
  /** The fields at fault. */
  readonly unreadable: string;
  /** How its key begins: from its spec, its label or its name. */
  readonly keyPrefix: string | undefined;
  /** As in the spec. */
  readonly cluster: string | undefined;
}

/** An Incident that is about to be created. Its status begins as `Pending`. */
export interface NewIncident {
  readonly name: string;
  readonly spec: IncidentSpec;
}

/** The words of a later release in an Incident, each with its field: `status.phase: Parked`. */
export function unknownWords({ spec, status, kept }: Incident): readonly string[] {
  const words: readonly (readonly [field: string, word: string | undefined, known: readonly string[]])[] = [
    ['spec.trigger', spec.trigger, triggers],
    ['spec.class', spec.class, failureClasses],
    ['spec.cause.kind', spec.cause?.kind, causeKinds],
    ['status.phase', kept?.phase, phases],
    ['status.class', status.class, failureClasses],
    ['status.comment.kind', status.comment?.kind, commentKinds],
  ];
  return words.flatMap(([field, value, known]) =>
    value === undefined || known.includes(value) ? [] : [`${field}: ${value}`],
  );
}

/** The `n` of an Incident's name, 0 for a name that ends in none: of one key, the highest is the one that goes on. */
export function incidentNumber(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

/** Whether it was opened for a failure, and not at a request by hand. */
export function isAutomatic({ spec }: Pick<Incident, 'spec'>): boolean {
  return spec.trigger !== 'manual';
}
