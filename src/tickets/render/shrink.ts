import { code, cutMarkdown, sectionsOf } from './markdown.ts';

/** Longest description, marker included, for an API that has refused the whole. */
export const SHRUNK_DESCRIPTION = 3_000;

/** Headings of the sections that give way first, in this order: each costs the reader less than the next. */
const dispensable = [/^Log of /, /^Events$/];

/** The description without its logs and Events, as far as it must be, and then its first lines. */
export function shrunkDescription(text: string, max: number): string {
  let sections = sectionsOf(text);
  for (const heading of dispensable) {
    const length = sections.reduce((sum, section) => sum + section.text.length + 1, 0);
    if (length > max) sections = sections.filter((section) => !heading.test(section.heading));
  }
  return cutMarkdown(sections.map((section) => section.text).join('\n'), max);
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

/** What is said where the ticket API takes none of the cluster's words. */
export function bareDescription(incident: string): string {
  return `The text of this ticket was refused on its way here, also without its log lines and Events. So it holds names and times only; the whole is in the Incident ${code(incident)}.`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
