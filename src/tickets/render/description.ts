import type { Environment } from '../../domain/environment.ts';
import { DESCRIPTION_LIMIT } from '../../domain/ticket.ts';
import { commands, undoCommand } from './commands.ts';
import { eventSections } from './events.ts';
import { factLines } from './facts.ts';
import { logSections } from './logs.ts';
import { block, code, cutMarkdown, listWords } from './markdown.ts';
import { memberSections } from './members.ts';
import { nameObject } from './names.ts';
import { placementSections } from './placement.ts';
import { quoteFor, quoteNotice, type Quote } from './quote.ts';
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

const MAX_MESSAGE = 500;
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
    `**${headline(story)}**`,
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

function headline({ trigger, message, environment }: Story): string {
  const name = nameObject(environment.owner);
  const said = code(message, MAX_MESSAGE);
  if (environment.owner.kind === 'NodeGroup') return `Several nodes have gone together, ${name}: ${said}`;
  if (environment.owner.kind === 'Leftovers') return `This had failed long before anybody looked: ${said}`;
  if (trigger === 'shared') return `Several workloads fail for ${name}: ${said}`;
  if (trigger === 'storm') return `Too much fails at once for a ticket each: ${said}`;
  return trigger === 'manual'
    ? `A person asked for this ticket on ${name}: ${said}`
    : `${name} is failing: ${said}`;
}

function nextSection(story: Story): string {
  const reading = `### What to run next\n\n${block(commands(story), 'sh')}`;
  const undo = undoCommand(story);
  if (undo === undefined) return reading;
  // Apart from the rest, so that nobody rolls back by pasting the lines that only read.
  return `${reading}\n\nIf the last change is to blame, this takes it back:\n\n${block([undo], 'sh')}`;
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
