import type { ClusterFacts, Evidence } from './environment.ts';
import type { FailureClass } from './failure-classes.ts';
import type { ObjectRef } from './failure.ts';
import type { Incident, IncidentStatus, NewIncident } from './incident.ts';
import type { Ticket, TicketFile, TicketRequest, TicketSummary } from './ticket.ts';
import type { OwnerFindings, OwnerReference, ViewKind } from './views.ts';

/** What became of a request to create a ticket. */
export type CreateOutcome = { readonly kind: 'created'; readonly ticket: TicketSummary } | CallFailure;

/** What became of a comment or a close. */
export type CallOutcome = { readonly kind: 'done' } | CallFailure;

/** What of the configuration the ticket API, or the way to it, may refuse. `file`: one of token, CA or credentials cannot be used. */
export const refusedSettings = ['token', 'cluster', 'address', 'proxy', 'file'] as const;
export type RefusedSetting = (typeof refusedSettings)[number];

/** Why nothing is sent, in one word: a setting that is refused, all writes that are (`denied`), no usable answer, or not reached. */
export const blockCauses = [...refusedSettings, 'denied', 'unknown', 'notSent'] as const;
export type BlockCause = (typeof blockCauses)[number];

export type CallFailure =
  /** May or may not have been accepted: timeout, reset, 5xx, an answer that cannot be read. */
  | { readonly kind: 'unknown'; readonly error: string; readonly retryAfterMs?: number }
  /** Surely not accepted, worth another try: connection refused, DNS, TLS, 429. */
  | { readonly kind: 'notSent'; readonly error: string; readonly retryAfterMs?: number }
  /** Configuration, not this request: 401, a 422 that names `cluster_id`, a redirect, a bad token file. */
  | {
      readonly kind: 'paused';
      readonly error: string;
      readonly status?: number;
      /** What of the configuration is refused, where that can be told. */
      readonly setting?: RefusedSetting;
    }
  /**
   * Not accepted, and whether for what it says or for who sends it cannot be told from it alone: 403, 404 and the like, from the API
   * or from a firewall or gateway before it.
   */
  | {
      readonly kind: 'denied';
      readonly error: string;
      readonly status: number;
      /** The error has the form of the API's own: `{"detail": …}`. */
      readonly isApi: boolean;
    }
  /** This request is refused, in the API's own words: 400, 409, 413, 422. */
  | { readonly kind: 'rejected'; readonly error: string; readonly status: number };

/** The calls of the ticket API that file and follow a ticket, by the names that they have in logs and metrics. */
export const filingCalls = ['find', 'get', 'create', 'comment', 'close'] as const;
export type FilingCall = (typeof filingCalls)[number];

/** The calls of the ticket API. */
export const operations = [...filingCalls, 'attach', 'clusters'] as const;
export type Operation = (typeof operations)[number];

/** How a call can fail, as `CallFailure` describes it. */
export const failureKinds = [
  'unknown',
  'notSent',
  'paused',
  'denied',
  'rejected',
] as const satisfies readonly CallFailure['kind'][];

/** What may become of one request: it worked, or a kind of failure. */
export const requestOutcomes = ['ok', ...failureKinds] as const;

/** The ticket API, as far as the outbox uses it. Errors never carry the token. */
export interface TicketApi {
  /** All pages of the list of tickets whose subject contains `text`. Throws on any failure. */
  find(text: string, signal?: AbortSignal): Promise<readonly TicketSummary[]>;
  /**
   * `undefined` when the API itself says that there is no such ticket, which it may say during a deployment as well: the list must lack
   * it too before it is taken for gone. Throws on any other failure.
   */
  get(id: string, signal?: AbortSignal): Promise<Ticket | undefined>;
  create(request: TicketRequest, signal?: AbortSignal): Promise<CreateOutcome>;
  comment(id: string, body: string, signal?: AbortSignal): Promise<CallOutcome>;
  close(id: string, signal?: AbortSignal): Promise<CallOutcome>;
  /** Adds a file. Two of one name are possible: the ticket tells whether it has it. */
  attach(id: string, file: TicketFile, signal?: AbortSignal): Promise<CallOutcome>;
}

/** Somebody else changed the object since it was read. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** The name of a new Incident belongs to one that is not the same: of another key or cluster, or one that cannot be read. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** Incidents as objects of the cluster: the durable outbox. */
export interface IncidentStore {
  get(name: string, signal?: AbortSignal): Promise<Incident | undefined>;
  /**
   * Atomic: `created` is false when the name was taken, and `incident` is then the one that has it, whosever it is. Throws
   * NameTakenError when that one cannot be read.
   */
  create(
    incident: NewIncident,
    signal?: AbortSignal,
  ): Promise<{ readonly created: boolean; readonly incident: Incident }>;
  /** Merges into status. Throws ConflictError when the incident is not at its `resourceVersion` any more. */
  patchStatus(incident: Incident, status: Partial<IncidentStatus>, signal?: AbortSignal): Promise<Incident>;
  /** Deleting what is already gone is no error. */
  delete(incident: Incident, signal?: AbortSignal): Promise<void>;
}

/** Names the objects around which evidence is gathered. */
export interface EvidenceTarget {
  readonly owner: ObjectRef;
  /** A pod that shows the failure; without it one of the owner's pods is looked for. */
  readonly pod?: ObjectRef;
  /** The container that fails: its log is read first. */
  readonly container?: string;
  /** What fails there, or `manual`: says which surroundings are read. Without it none of them. */
  readonly classes?: readonly FailureClass[];
}

/** What was read of a failing pod when its failure was first seen: it may be gone when the incident opens. */
export interface EarlyEvidence {
  readonly evidence: Evidence;
  /** Monotonic milliseconds. */
  readonly readAt: number;
  /** The pod itself, for the reader alone. */
  readonly object: object | undefined;
  /** Nothing of it has to be read again soon. */
  readonly isWhole: boolean;
}

/** The last lines that a pod has logged, and what must not be told of them. */
export type LastLines = Pick<Evidence, 'logs' | 'secretValues'>;

/** Reads of the cluster beyond the watched views. Never throws for single parts: what could not be read is noted. */
export interface ClusterReader {
  /** What was read early is not read again while it is fresh; older, it fills in what is gone. */
  evidence(target: EvidenceTarget, signal?: AbortSignal, early?: EarlyEvidence): Promise<Evidence>;
  /** Reads what may be gone later. */
  early(target: EvidenceTarget, signal?: AbortSignal): Promise<EarlyEvidence>;
  /** The last lines of the pod's log, never as many as a file holds. Reads nothing, and is undefined, where logs are not read. */
  lastLines(target: EvidenceTarget, signal?: AbortSignal): Promise<LastLines | undefined>;
  /** What the secret-like variables around a target hold: the cluster's words must be told without it. At most two reads, none for a pod that was read early. */
  secretValues(
    target: EvidenceTarget,
    signal?: AbortSignal,
    early?: EarlyEvidence,
  ): Promise<readonly string[]>;
  cluster(signal?: AbortSignal): Promise<ClusterFacts>;
}

/** What is said on an object. `id` tells answers of the same reason apart. */
export interface EventAnswer {
  readonly reason: string;
  readonly note: string;
  readonly id: string;
  /** Normal if it does not say. */
  readonly type?: 'Normal' | 'Warning';
}

/** Says something on an object where `kubectl describe` shows it: a Kubernetes Event. Repeats are harmless. */
export interface EventAnswers {
  answer(about: ObjectRef, answer: EventAnswer): Promise<void>;
}

/** What became of a read of an owner's metadata. */
export type OwnerReading =
  | ({ readonly kind: 'read' } & OwnerFindings)
  /** It is gone, another object has its name, or nobody serves its kind. */
  | { readonly kind: 'absent' }
  /** The agent has no right to read it. */
  | { readonly kind: 'refused' };

/** Reads the metadata of owners of any kind. Throws when the API server gives no answer. */
export interface OwnerReader {
  read(reference: OwnerReference, namespace: string, signal: AbortSignal): Promise<OwnerReading>;
}

/** How current what is known of a collection is. Monotonic milliseconds. */
export interface Freshness {
  /** It has been current without interruption since then. */
  readonly since: number;
  /** The last time at which it was proven that nothing was missed until then. */
  readonly provenAt: number;
}

/**
 * The freshness of all that is watched of a kind: in a namespace (`''` for what lies in none), or in all that are watched. Undefined when a
 * part of it is not current now: never listed, in trouble, silent for too long, or not watched at all.
 */
export type FreshnessOf = (kind: ViewKind, namespace?: string) => Freshness | undefined;
