import type { Environment } from '../../domain/environment.ts';
import {
  type Category,
  DESCRIPTION_LIMIT,
  type Severity,
  SUBJECT_LIMIT,
  type TicketDraft,
} from '../../domain/ticket.ts';
import { cutText, plainLine, sayTime } from '../../lib/text.ts';
import { causeOf } from './cause.ts';
import { commands } from './commands.ts';
import { eventSections, logSections } from './events-and-logs.ts';
import { factLines } from './facts.ts';
import { headline } from './headline.ts';
import { block, code, cutMarkdown, listWords, type Quote, quoteFor, quoteNotice } from './markdown.ts';
import { pathOf } from './names.ts';
import { placementSections } from './placement.ts';
import { remedies } from './remedies.ts';
import { type Story, timeOf } from './story.ts';

/** Room in the subject for ` [k8s-0123456789-abcde]`. */
const MARKER_ROOM = 24;

/** The ticket as it is kept in the Incident, still without its marker. */
export function renderDraft(
  story: Story,
  filing: { readonly category: Category; readonly severity: Severity },
): TicketDraft {
  return {
    subject: subjectLine(story, SUBJECT_LIMIT - MARKER_ROOM),
    description: renderDescription(story),
    category: filing.category,
    severity: filing.severity,
    environment: JSON.stringify(story.environment),
  };
}

/** The subject without its marker: what and why, as long as `max` allows. */
export function subjectLine(story: Story, max: number): string {
  const { trigger, message, environment } = story;
  const { owner, incident } = environment;
  // A storm is about no object of the cluster.
  if (trigger === 'storm') return cutText(tame(`Storm: ${message}`), max);
  // The reason is all that the same message has for a name.
  const isMessage = owner.kind === 'SameMessage';
  const isCause = trigger === 'manual' || isMessage;
  const why = tame(isCause ? causeOf(story) : `${incident.reason}, ${causeOf(story)}`);
  // Names have up to 253 characters: what fails is more.
  const room = max - SEPARATOR.length - Math.min(why.length, LEAST_WHY);
  const what = cutText(tame(isMessage ? owner.name : `${owner.kind} ${pathOf(owner)}`), room);
  return cutText(`${what}${SEPARATOR}${why}`, max);
}

const SEPARATOR = ': ';
/** So much of why it fails is shown, however long the name. */
const LEAST_WHY = 90;

/**
 * A subject has no code spans, so what could format, link, mention or refer in it is written in another way. The same
 * goes for markers: a quoted text that held the marker of another owner would be found in place of its ticket.
 */
export function tame(text: string): string {
  return plainLine(text)
    .replace(/k8s-(?=[0-9a-f])/gi, 'k8s ')
    .replace(/\b[a-z][a-z0-9+.-]*:\/\//gi, '')
    .replace(/`/g, "'")
    .replace(/[[{<]/g, '(')
    .replace(/[\]}>]/g, ')')
    .replace(/#(?=\w)/g, '# ')
    .replace(/(^|[^\w])@(?=\w)/g, '$1@ ');
}

type Members = NonNullable<Environment['incident']['members']>;
type Owner = Members['owners'][number];

/** Owners that are named in one line; the rest is a number. */
const MAX_NAMES = 12;

/** The owners that fail for the same cause, in at most `most` lines: those of one namespace that fail alike are one line. */
export function memberSections({ trigger, environment }: Story, most: number): readonly string[] {
  const { members } = environment.incident;
  if (members === undefined) return [];
  const heading = trigger === 'storm' ? 'What fails' : 'What fails with it';
  return [`### ${heading}\n\n${memberLines(members, most).join('\n')}`];
}

function memberLines({ count, owners }: Members, most: number): readonly string[] {
  const groups = Map.groupBy(owners, (owner) => JSON.stringify([owner.namespace, owner.class, owner.reason]));
  const bySize = [...groups.values()].toSorted((left, right) => right.length - left.length);
  const told = bySize.slice(0, most);
  const left = count - told.reduce((sum, group) => sum + group.length, 0);
  const lines = told.map((group) => `- ${groupLine(group)}`);
  return left > 0 ? [...lines, `- and ${left} more`] : lines;
}

function groupLine(group: readonly Owner[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const where = first.namespace === '' ? '' : ` in ${code(first.namespace)}`;
  const names = listWords(
    group.map(({ kind, name }) => `${kind}/${name}`),
    MAX_NAMES,
  );
  return `${group.length}${where}, ${code(first.class)}, ${code(first.reason)}${since(group)}: ${names}`;
}

function since(group: readonly Owner[]): string {
  const times = group.flatMap((owner) => timeOf(owner.since) ?? []);
  return times.length === 0 ? '' : `, since ${sayTime(Math.min(...times))}`;
}

/** Room for the marker line and for a line about a recovery, which are added when the ticket is sent. */
const RESERVED = 300;

/** How many log lines and Events are shown, from the most to the least that a ticket should have. */
const sizes = [
  { logLines: 30, events: 10, members: 20 },
  { logLines: 15, events: 6, members: 15 },
  { logLines: 8, events: 4, members: 10 },
  { logLines: 3, events: 2, members: 5 },
  { logLines: 0, events: 0, members: 3 },
] as const;

type Size = (typeof sizes)[number];

const MAX_OMISSIONS = 5;

/**
 * The description of a ticket, for a person at 3 a.m.: what, since when, why, what changed last, what to run next. Log
 * lines and events give way, step by step, when the whole is too long.
 */
export function renderDescription(story: Story): string {
  const quote = quoteFor(story);
  const max = DESCRIPTION_LIMIT - RESERVED;
  let text = '';
  for (const size of sizes) {
    text = sections(story, quote, size).join('\n\n');
    if (text.length <= max) return text;
  }
  return cutMarkdown(text, max);
}

function sections(story: Story, quote: Quote, { logLines, events, members }: Size): readonly string[] {
  const { environment } = story;
  return [
    `**${headline(story)}.**`,
    factLines(story)
      .map((line) => `- ${line}`)
      .join('\n'),
    quoteNotice(quote),
    ...memberSections(story, members),
    ...logSections(environment, quote, logLines),
    ...placementSections(environment, quote, events),
    ...eventSections(environment, quote, events),
    nextSection(story),
    footer(story),
  ];
}

function nextSection(story: Story): string {
  const { cluster } = story.environment;
  const names = [cluster.name, cluster.id ?? cluster.uid].filter((name) => name !== undefined);
  const which =
    names.length === 0
      ? 'the cluster of this ticket'
      : `cluster ${names.map((name) => code(name)).join(' ')}`;
  const parts = [
    `### What to run next`,
    `In ${which}:`,
    block(commands(story), 'sh'),
    ...remedies(story).flatMap(({ words, commands: lines }) => [
      words,
      ...(lines.length === 0 ? [] : [block(lines, 'sh')]),
    ]),
  ];
  return parts.join('\n\n');
}

function footer({ environment, incident }: Story): string {
  const { agent } = environment;
  const name = code(`${incident.namespace}/${incident.name}`);
  return [
    '---',
    ...omittedLine(environment),
    `Filed by ${agent.name} ${agent.version} as Incident ${name}. More facts are in the environment of this ticket.`,
  ].join('\n\n');
}

function omittedLine({ omitted }: Environment): readonly string[] {
  if (omitted.length === 0) return [];
  const words = listWords(
    omitted.map(({ field, reason }) => `${field}: ${reason}`),
    MAX_OMISSIONS,
    { max: 200 },
  );
  return [`Not read or not kept: ${words}.`];
}
