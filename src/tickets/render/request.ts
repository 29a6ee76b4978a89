import {
  DESCRIPTION_LIMIT,
  SUBJECT_LIMIT,
  type TicketDraft,
  type TicketRequest,
} from '../../domain/ticket.ts';
import { cutText, sayTime } from '../../lib/text.ts';
import { LOG_SAYS } from './cause.ts';
import { tame } from './draft.ts';
import { code, cutMarkdown, sectionsOf } from './markdown.ts';
import { nameObject, pathOf } from './names.ts';

export interface Filing {
  readonly draft: TicketDraft;
  readonly marker: string;
  readonly clusterId: string | undefined;
  /** The failure was over before the ticket could be filed. */
  readonly recoveredAt?: number;
  /**
   * 0 is the whole; 1 is what an API that refuses it by size or form should take; 2 holds names and times alone, nothing that was
   * written by what fails.
   */
  readonly shrink: number;
  /** Name of the Incident, which holds the whole. */
  readonly incident: string;
}

/** How the description begins of a failure that was over before its ticket was sent. */
const HAS_RECOVERED = '**It has recovered meanwhile, at ';

/** Whether a description that was made by `toRequest` tells of a recovery. */
export function tellsRecovery(description: string): boolean {
  return description.startsWith(HAS_RECOVERED);
}

/** A draft made ready for the wire: the marker at the end of the subject and as last line of the description. */
export function toRequest(filing: Filing): TicketRequest {
  const { draft, marker, clusterId, recoveredAt, shrink } = filing;
  const recovered = recoveredAt === undefined ? '' : `${HAS_RECOVERED}${sayTime(recoveredAt)}.**\n\n`;
  const ending = `\n\n[${marker}]`;
  const limit = shrink > 0 ? SHRUNK_DESCRIPTION : DESCRIPTION_LIMIT;
  const { subject, text, environment } = contentOf(filing, limit - recovered.length - ending.length);
  return {
    subject: `${cutText(subject, SUBJECT_LIMIT - marker.length - 3)} [${marker}]`,
    description: `${recovered}${text}${ending}`,
    category: draft.category,
    severity: draft.severity,
    environment,
    clusterId,
    marker,
  };
}

interface Content {
  readonly subject: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, unknown>>;
}

function contentOf({ draft, shrink, incident }: Filing, room: number): Content {
  const { subject, description } = draft;
  const whole = readEnvironment(draft.environment);
  if (shrink === 0) return { subject, text: cutMarkdown(description, room), environment: whole };
  if (shrink === 1) {
    const environment = shrunkEnvironment(whole);
    const text = shrunkDescription(description, room, incident);
    return { subject: shrunkSubject(subject), text, environment };
  }
  return {
    subject: bareSubject(whole, incident),
    text: bareDescription(whole, incident),
    environment: bareEnvironment(whole),
  };
}

/** The draft may come from another release, or from a hand: what cannot be read must not keep its ticket from being filed. */
function readEnvironment(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // As below.
  }
  return { omitted: [{ field: 'environment', reason: 'what the Incident holds is not an environment' }] };
}

/** Longest description, marker included, for an API that has refused the whole. */
const SHRUNK_DESCRIPTION = 3_000;

/** What the description quotes of logs and Events: of all its words those that a firewall or a check of texts most likely refuses. */
const quoting = /^(?:Log of |Events$)/;
const QUOTED_LINE =
  /^- \*\*(?:(?:Log says|Last line of its log)\*\*: |In common\*\*: [^`\n]*\bwrite `).*\n?/m;

/** A cause, in its code span, that ends with a line of the log. */
const CAUSE_WITH_LOG = new RegExp(`^(- \\*\\*Cause\\*\\*: (\`+).*?)${LOG_SAYS.source}.*\\2$`, 'm');

/** A subject without the line of the log at its end. */
function shrunkSubject(subject: string): string {
  return subject.split(LOG_SAYS)[0] ?? subject;
}

/** The description without log lines and Events, which stay in the Incident, and as far as it must be its first lines. */
function shrunkDescription(text: string, max: number, incident: string): string {
  const [first, ...others] = sectionsOf(text).filter(({ heading }) => !quoting.test(heading));
  const head = (first?.text ?? '').replace(QUOTED_LINE, '').replace(CAUSE_WITH_LOG, '$1$2');
  const rest = [head, ...others.map((section) => section.text)].join('\n').trimEnd();
  if (rest.length === text.trimEnd().length) return cutMarkdown(text, max);
  const note = `\n\n*Log lines and Events are left out, as the ticket API refused the whole. They are in the Incident ${code(incident)}.*`;
  return `${cutMarkdown(rest, max - note.length)}${note}`;
}

const NOTE = 'left out: the ticket API did not take the whole';

/** What stays of an environment, at least in part. */
const kept = new Set(['version', 'collectedAt', 'agent', 'incident', 'cluster', 'owner', 'omitted']);

/** An environment that is still valid and says what, where and since when: without logs, Events and details. */
function shrunkEnvironment(whole: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { version, collectedAt, agent, incident, cluster } = whole;
  const { apiVersion, kind, namespace, name, replicas } = recordOf(whole['owner']);
  const owner = { apiVersion, kind, namespace, name, labels: {}, conditions: [], chain: [] };
  const omitted = Object.keys(whole)
    .filter((field) => !kept.has(field))
    .map((field) => ({ field, reason: NOTE }));
  return {
    version,
    collectedAt,
    agent,
    incident: withoutCommonLog(incident),
    cluster,
    owner: replicas === undefined ? owner : { ...owner, replicas },
    containers: [],
    events: [],
    logs: [],
    omitted,
  };
}

/** A storm may have a line in it that the logs of its members share. */
function withoutCommonLog(incident: unknown): unknown {
  const { members } = recordOf(incident);
  const { common } = recordOf(members);
  if (!Array.isArray(common)) return incident;
  const others = common.filter((one) => recordOf(one)['what'] !== 'log');
  return { ...recordOf(incident), members: { ...recordOf(members), common: others } };
}

/** The same without any word that the cluster or a person wrote, but for names. */
function bareEnvironment(whole: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shrunk = shrunkEnvironment(whole);
  const { class: failureClass, trigger, since, occurrences, affected } = recordOf(whole['incident']);
  return {
    ...shrunk,
    incident: {
      class: failureClass,
      reason: LEFT_OUT,
      trigger,
      since,
      occurrences,
      affected: { count: recordOf(affected)['count'], pods: [] },
      alsoFailing: [],
    },
  };
}

const LEFT_OUT = '(left out)';

/** What fails and in which way, by names alone; undefined for an environment that does not tell. */
function bareFacts(
  whole: Readonly<Record<string, unknown>>,
): { readonly owner: Named; readonly what: string; readonly since: number } | undefined {
  const { kind, namespace, name } = recordOf(whole['owner']);
  const { class: failureClass, since } = recordOf(whole['incident']);
  const words = [kind, namespace, name, failureClass, since];
  if (!words.every((word) => typeof word === 'string')) return undefined;
  const [ownerKind = '', ownerNamespace = '', ownerName = '', what = '', at = ''] = words;
  const owner = { kind: ownerKind, namespace: ownerNamespace, name: ownerName };
  return { owner, what, since: Date.parse(at) };
}

type Named = Parameters<typeof nameObject>[0];

/** A subject with names alone. */
function bareSubject(whole: Readonly<Record<string, unknown>>, incident: string): string {
  const facts = bareFacts(whole);
  if (facts === undefined) return `Incident ${incident}`;
  return tame(`${facts.owner.kind} ${pathOf(facts.owner)}: ${facts.what}`);
}

/** What is said where the ticket API takes none of the cluster's words. */
function bareDescription(whole: Readonly<Record<string, unknown>>, incident: string): string {
  const facts = bareFacts(whole);
  const told =
    facts === undefined || Number.isNaN(facts.since)
      ? ''
      : `**${nameObject(facts.owner)}: ${facts.what}, since ${sayTime(facts.since)}**\n\n`;
  return `${told}The text of this ticket was refused on its way here, also without its log lines and Events. So it holds names and times only; the whole is in the Incident ${code(incident)}.`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
