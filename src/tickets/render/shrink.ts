import { sayTime } from '../../lib/text.ts';
import { code, cutMarkdown, sectionsOf } from './markdown.ts';
import { nameObject, pathOf } from './names.ts';
import { LOG_SAYS } from './cause.ts';
import { tame } from './subject.ts';

/** Longest description, marker included, for an API that has refused the whole. */
export const SHRUNK_DESCRIPTION = 3_000;

/** What the description quotes of logs and Events: of all its words those that a firewall or a check of texts most likely refuses. */
const quoting = /^(?:Log of |Events$)/;
const QUOTED_LINE = /^- \*\*(?:Log says|Last line of its log)\*\*: .*\n?/m;

/** A cause, in its code span, that ends with a line of the log. */
const CAUSE_WITH_LOG = new RegExp(`^(- \\*\\*Cause\\*\\*: (\`+).*?)${LOG_SAYS}.*\\2$`, 'm');

/** A subject without the line of the log at its end. */
export function shrunkSubject(subject: string): string {
  return subject.split(LOG_SAYS)[0] ?? subject;
}

/** The description without log lines and Events, which stay in the Incident, and as far as it must be its first lines. */
export function shrunkDescription(text: string, max: number, incident: string): string {
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
export function shrunkEnvironment(whole: Readonly<Record<string, unknown>>): Record<string, unknown> {
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
    incident,
    cluster,
    owner: replicas === undefined ? owner : { ...owner, replicas },
    containers: [],
    events: [],
    logs: [],
    omitted,
  };
}

/** The same without any word that the cluster or a person wrote, but for names. */
export function bareEnvironment(whole: Readonly<Record<string, unknown>>): Record<string, unknown> {
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
export function bareSubject(whole: Readonly<Record<string, unknown>>, incident: string): string {
  const facts = bareFacts(whole);
  if (facts === undefined) return `Incident ${incident}`;
  return tame(`${facts.owner.kind} ${pathOf(facts.owner)}: ${facts.what}`);
}

/** What is said where the ticket API takes none of the cluster's words. */
export function bareDescription(whole: Readonly<Record<string, unknown>>, incident: string): string {
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
