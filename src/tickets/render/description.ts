import type { Environment } from '../../domain/environment.ts';
import { DESCRIPTION_LIMIT } from '../../domain/ticket.ts';
import { commands } from './commands.ts';
import { eventSections } from './events.ts';
import { factLines } from './facts.ts';
import { impactLine } from './impact.ts';
import { logSections } from './logs.ts';
import { block, code, cutMarkdown, listWords } from './markdown.ts';
import { memberSections } from './members.ts';
import { placementSections } from './placement.ts';
import { quoteFor, quoteNotice, type Quote } from './quote.ts';
import { remedies } from './remedies.ts';
import type { Story } from './story.ts';

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
    `**${impactLine(story)}.**`,
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
