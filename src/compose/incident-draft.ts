import type { Common } from '../correlate/index.ts';
import type { ClusterFacts, Environment, Evidence, Omission } from '../domain/environment.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { NewIncident, Trigger } from '../domain/incident.ts';
import type { Category, Severity } from '../domain/ticket.ts';
import { redactEvidence, type Redactor } from '../enrich/index.ts';
import { cutText, plural } from '../lib/text.ts';
import { packLog } from './ticket-texts.ts';
import { renderDraft } from '../tickets/index.ts';

/** Longest texts in UTF-16 units that the custom resource takes. What is longer would keep the Incident from being created. */
const MAX_REASON = 1_024;
const MAX_NOTE = 2_000;
const MAX_API_VERSION = 317;
const MAX_KIND = 63;
const MAX_UID = 128;

/** What an Incident is to be made of. */
export interface IncidentOpening {
  readonly name: string;
  readonly key: string;
  readonly trigger: Trigger;
  readonly owner: ObjectRef;
  /** The most causal first; none for a request by hand. */
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly occurrences: number;
  readonly affected: readonly string[];
  /** The owners that fail for it, where it is a common cause. */
  readonly common?: Common;
  readonly note?: string;
  readonly previousTicketId?: string;
}

/** One Incident to compose. Plain data, so that another thread can do it. */
export interface ComposeInput {
  readonly opening: IncidentOpening;
  readonly evidence: Evidence;
  readonly cluster: ClusterFacts;
  readonly severity: Severity;
  readonly now: number;
}

/** What is the same for all Incidents of one agent. */
export interface DraftSettings {
  readonly agent: { readonly name: string; readonly version: string };
  /** Where Incidents are kept. */
  readonly namespace: string;
  readonly maxEnvironmentLength: number;
  readonly category: Category;
}

/** Makes the Incident: environment, redaction, ticket text. Pure. */
export function composeIncident(
  input: ComposeInput,
  settings: DraftSettings & { readonly redactor: Redactor },
): NewIncident {
  const { evidence, cluster, now } = input;
  const { redactor, agent, maxEnvironmentLength } = settings;
  const redact = (text: string): string => redactor.redactLine(text, evidence.secretValues).text;
  const opening = redactOpening(input.opening, redact);
  const members = opening.common?.members ?? [];
  const subject = { ...opening, members, since: opening.signals.length === 0 ? now : opening.since };
  const given = { subject, evidence, cluster, agent };
  const { environment, logFile } = redactEvidence(given, redactor, maxEnvironmentLength);
  const { name, key, trigger, owner, note, previousTicketId } = opening;
  const { class: failureClass, reason } = headline(opening);
  return {
    name,
    spec: {
      trigger,
      target: targetOf(owner),
      key,
      class: failureClass,
      reason: cutText(reason, MAX_REASON),
      openedAt: now,
      ...(note === undefined ? {} : { note: cutText(note, MAX_NOTE) }),
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
      draft: {
        ...draftOf(opening, environment, { ...settings, severity: input.severity, now }),
        ...(logFile === undefined ? {} : { attachment: packLog(name, logFile) }),
      },
    },
  };
}

/** An owner reference of a pod may hold words of any length, as nobody has to have made the object that it names. */
function targetOf({ apiVersion, kind, namespace, name, uid }: ObjectRef): ObjectRef {
  return {
    apiVersion: apiVersion.slice(0, MAX_API_VERSION),
    kind: kind.slice(0, MAX_KIND),
    namespace,
    name,
    uid: uid.slice(0, MAX_UID),
  };
}

/** All that came from the cluster or from a person, without secrets. */
function redactOpening(opening: IncidentOpening, redact: (text: string) => string): IncidentOpening {
  const { note, signals, common } = opening;
  const members =
    common?.members.map((member) => ({
      ...member,
      reason: redact(member.reason),
      message: redact(member.message),
    })) ?? [];
  return {
    ...opening,
    ...(common === undefined ? {} : { common: { ...common, members } }),
    signals: signals.map((signal) => ({
      ...signal,
      reason: redact(signal.reason),
      message: redact(signal.message),
    })),
    ...(note === undefined ? {} : { note: redact(note) }),
  };
}

interface Headline {
  readonly class: FailureClass;
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
}

/** What the ticket is about in a few words. */
function headline(opening: IncidentOpening): Headline {
  const { signals, note, common } = opening;
  const first = signals[0];
  if (first !== undefined && common?.kind === 'storm') return stormHeadline(first.class, common);
  if (first === undefined) return { class: 'manual', reason: 'RequestedByHand', message: note ?? '' };
  const { class: failureClass, reason, message, container } = first;
  const shared = common?.kind === 'shared' ? `${sayMembers(opening.owner, common)}: ` : '';
  return {
    class: failureClass,
    reason,
    message: `${shared}${message}`,
    ...(container === undefined ? {} : { container: container.name }),
  };
}

/** The members of a group of nodes are these nodes, and what they have taken along. Leftovers fail for nothing in common. */
function sayMembers({ kind }: ObjectRef, { members }: Common): string {
  const nodes = members.filter(({ owner }) => owner.kind === 'Node').length;
  const others = members.length - nodes;
  if (kind === 'Leftovers') return `${plural(members.length, 'failure')} from long before`;
  const words = kind === 'SameMessage' ? 'fail with the same message' : 'fail for it';
  if (kind !== 'NodeGroup') return `${plural(members.length, 'workload')}${sayNodes(kind, members)} ${words}`;
  return `${plural(nodes, 'node')} at once${others === 0 ? '' : ` with ${plural(others, 'workload')}`}`;
}

/** A network plugin fails on one node, or on all that have it. What says the same is on one node or on several. */
function sayNodes(kind: string, members: Common['members']): string {
  const [only, ...others] = new Set(members.map(({ node }) => node));
  const isMessage = kind === 'SameMessage';
  if (others.length === 0 && only !== undefined && (isMessage || kind === 'NetworkPlugin'))
    return ` on node ${only}`;
  return isMessage ? ` on ${plural(others.length + 1, 'node')}` : '';
}

/** The reasons of storms, as they stand in `spec.reason`. */
const STORM = 'Storm';
const FIRST_START = 'FoundAtFirstStart';

function stormHeadline(failureClass: FailureClass, { members, isFirst }: Common): Headline {
  const count = plural(members.length, 'workload');
  const classes = Map.groupBy(members, (member) => member.class);
  const byClass = [...classes].map(([name, group]) => `${name} ${group.length}`).join(', ');
  return {
    class: failureClass,
    reason: isFirst ? FIRST_START : STORM,
    message: isFirst
      ? `${count} failed already when the agent was started (${byClass})`
      : `${count} fail at the same time (${byClass})`,
  };
}

function draftOf(
  opening: IncidentOpening,
  environment: Environment,
  settings: DraftSettings & { readonly severity: Severity; readonly now: number },
): ReturnType<typeof renderDraft> {
  const { trigger, name, previousTicketId } = opening;
  const { message, container } = headline(opening);
  const { namespace, category, severity, now } = settings;
  return renderDraft(
    {
      trigger,
      message,
      ...(container === undefined ? {} : { container }),
      environment,
      incident: { name, namespace },
      openedAt: now,
      ...(previousTicketId === undefined ? {} : { previousTicketId }),
    },
    { category, severity },
  );
}

/** The evidence that is worth more: what was taken now, completed by what was taken when the failure was first seen. */
export function mergeEvidence(fresh: Evidence, early: Evidence | undefined): Evidence {
  if (early === undefined) return fresh;
  const containers = fresh.containers.length > 0 ? fresh.containers : early.containers;
  const events = fresh.events.length > 0 ? fresh.events : early.events;
  const { logs, logFile } = fresh.logs.some((log) => log.lines.length > 0) ? fresh : early;
  const merged = {
    ...early,
    ...fresh,
    containers,
    events,
    logs,
    ...(logFile === undefined ? {} : { logFile }),
    secretValues: [...new Set([...fresh.secretValues, ...early.secretValues])],
  };
  const isFilled = ({ field }: Omission): boolean => has(merged, field) && !has(fresh, field);
  return { ...merged, omitted: fresh.omitted.filter((omission) => !isFilled(omission)) };
}

function has(evidence: Evidence, field: string): boolean {
  const value = new Map<string, unknown>(Object.entries(evidence)).get(field);
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

/** The Incident of an owner that a common cause covers: a few words, and no ticket. Its reason must be redacted already. */
export function foldedIncident(
  { name, key, owner, signals: [first] }: Pick<IncidentOpening, 'name' | 'key' | 'owner' | 'signals'>,
  cause: NonNullable<NewIncident['spec']['cause']>,
  now: number,
): NewIncident {
  return {
    name,
    spec: {
      trigger: 'automatic',
      target: targetOf(owner),
      key,
      class: first?.class ?? 'manual',
      reason: cutText(first?.reason ?? '', MAX_REASON),
      openedAt: now,
      cause,
    },
  };
}

/** What the members of a cause show is an example: neither their owner nor its rollout is that of the cause. */
export function withoutOwner({ owner: _owner, rollout: _rollout, ...evidence }: Evidence): Evidence {
  return evidence;
}
