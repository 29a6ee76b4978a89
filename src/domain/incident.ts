import { z } from 'zod';
import { failureClasses } from './failure.ts';
import { ticketDraftSchema } from './ticket.ts';

/** API group of the Incident resource, its labels and the annotations people use. */
export const GROUP = 'support.ankra.app';
export const INCIDENT_API_VERSION = `${GROUP}/v1alpha1`;
export const INCIDENT_KIND = 'Incident';
export const FILE_TICKET_ANNOTATION = `${GROUP}/file-ticket`;
export const IGNORE_ANNOTATION = `${GROUP}/ignore`;

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
  'graver',
  'grown',
  'standing',
  'manual',
  'linked',
] as const;
export type CommentKind = (typeof commentKinds)[number];

const timestamp = z.number().int().nonnegative();

/** `spec`: immutable, but for the draft, which may be removed. Times are epoch milliseconds here, RFC 3339 on the wire. */
export const incidentSpecSchema = z
  .object({
    trigger: z.enum(triggers),
    target: z.object({
      apiVersion: z.string(),
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      uid: z.string(),
    }),
    /** Hash of cluster, namespace, owner group, kind and name. */
    key: z.string(),
    class: z.enum(failureClasses),
    reason: z.string(),
    openedAt: timestamp,
    /** The ticket of an earlier incident of the same owner that a person has closed. */
    previousTicketId: z.string().optional(),
    /** What a person wrote into the annotation, redacted. */
    note: z.string().optional(),
    /**
     * The incident of a common cause that speaks for this one from its beginning: its kind, its key and its name. Such an
     * Incident has no draft; when it is to be filed on its own after all, a new one is opened.
     */
    cause: z.object({ kind: z.enum(causeKinds), key: z.string(), incident: z.string() }).optional(),
    draft: ticketDraftSchema.optional(),
  })
  .readonly();
export type IncidentSpec = z.output<typeof incidentSpecSchema>;

/** A comment that is to be sent. Its marker is looked for on the ticket before any repeat. */
export const pendingCommentSchema = z
  .object({ kind: z.enum(commentKinds), marker: z.string(), at: timestamp, text: z.string() })
  .readonly();
export type PendingComment = z.output<typeof pendingCommentSchema>;

export const incidentStatusSchema = z
  .object({
    phase: z.enum(phases),
    class: z.enum(failureClasses).optional(),
    ticketId: z.string().optional(),
    ticketUrl: z.string().optional(),
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
    saidStandingAt: timestamp.optional(),
    foldedInto: z.string().optional(),
    /** The incident of a common cause of which this one's ticket has been told. */
    linkedTo: z.string().optional(),
    comment: pendingCommentSchema.optional(),
  })
  .readonly();
export type IncidentStatus = z.output<typeof incidentStatusSchema>;

/** An Incident as it stands in the cluster. */
export interface Incident {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: number;
  readonly spec: IncidentSpec;
  readonly status: IncidentStatus;
}

/** An Incident that is about to be created. Its status begins as `Pending`. */
export interface NewIncident {
  readonly name: string;
  readonly spec: IncidentSpec;
}

/** The `n` of an Incident's name, 0 for a name that ends in none: of one key, the highest is the one that goes on. */
export function incidentNumber(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}
