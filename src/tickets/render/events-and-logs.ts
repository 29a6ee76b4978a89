import type { ContainerFacts, Environment, EventFacts, LogFacts } from '../../domain/environment.ts';
import { cutText, plainLine, sayDuration, sayTime, shapeOf } from '../../lib/text.ts';
import { errorLine, tellingLine } from '../../lib/telling-line.ts';
import { crashingContainers, hasNotBegun, lastEnd } from './containers.ts';
import { code, listWords, type Quote } from './markdown.ts';
import { timeOf } from './story.ts';

const MAX_MESSAGE = 300;
/** What every pod goes through. */
const usualReasons = new Set(['SuccessfulCreate', 'Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']);
/** Beside warnings, the others only show what was going on. */
const MAX_BESIDE_WARNINGS = 4;

/** The Events in a block, at most `most`: warnings first, and what every pod goes through only when there is nothing else. */
export function eventSections(environment: Environment, quote: Quote, most: number): readonly string[] {
  const collectedAt = timeOf(environment.collectedAt) ?? 0;
  const rows = folded(chooseEvents(environment.events))
    .slice(0, most)
    .map((event) => rowOf(event, collectedAt));
  if (rows.length === 0) return [];
  return [`### Events\n\nAs of ${sayTime(collectedAt)}:\n\n${quote.block(aligned(rows))}`];
}

function chooseEvents(events: readonly EventFacts[]): readonly EventFacts[] {
  const warnings = events.filter(({ type }) => type === 'Warning');
  const others = events.filter(({ type, reason }) => type !== 'Warning' && !usualReasons.has(reason));
  const chosen = [...warnings, ...(warnings.length === 0 ? others : others.slice(0, MAX_BESIDE_WARNINGS))];
  return chosen.length === 0 ? events : chosen;
}

interface Row {
  readonly age: string;
  readonly type: string;
  readonly reason: string;
  readonly rest: string;
}

/** Events that say the same of several objects, or the same again in a new Event, are one row: the newest, with all that were counted. */
function folded(events: readonly EventFacts[]): readonly FoldedEvent[] {
  const kindOf = ({ object }: EventFacts): string => object.split('/')[0] ?? '';
  const groups = Map.groupBy(events, (event) =>
    JSON.stringify([event.type, event.reason, kindOf(event), shapeOf(event.message)]),
  );
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : {
          ...first,
          count: more.reduce((sum, { count }) => sum + count, first.count),
          objects: new Set([first, ...more].map(({ object }) => object)).size,
        },
  );
}

type FoldedEvent = EventFacts & { readonly objects: number };

function countWords({ count, objects }: FoldedEvent): string {
  if (objects > 1) return ` and ${objects - 1} more (${count} times)`;
  return count > 1 ? ` (${count} times)` : '';
}

function rowOf(event: FoldedEvent, collectedAt: number): Row {
  const lastAt = timeOf(event.lastAt);
  return {
    age: lastAt === undefined ? '' : `${sayDuration(collectedAt - lastAt)} ago`,
    type: cutText(plainLine(event.type), 10),
    reason: cutText(plainLine(event.reason), 60),
    rest: `${cutText(plainLine(event.object), 120)}${countWords(event)}: ${cutText(plainLine(event.message), MAX_MESSAGE)}`,
  };
}

function aligned(rows: readonly Row[]): readonly string[] {
  const width = (text: (row: Row) => string): number => Math.max(...rows.map((row) => text(row).length));
  const [age, type, reason] = [width((row) => row.age), width((row) => row.type), width((row) => row.reason)];
  return rows.map(
    (row) => `${row.age.padStart(age)}  ${row.type.padEnd(type)}  ${row.reason.padEnd(reason)}  ${row.rest}`,
  );
}

/** Longest line of a log in the text; the environment has more of it. */
const MAX_LINE = 500;
/** The failing container and one more. */
const MAX_LOGS = 2;
const MAX_NAMES = 12;

/** What the failing container said last, in one line; or that it said nothing, and why. */
export function logLines(environment: Environment, container: ContainerFacts | undefined): readonly string[] {
  if (container === undefined) return [];
  const log = environment.logs.find((one) => one.container === container.name);
  const lines = log?.lines ?? [];
  const line = tellingLine(lines);
  // A line about something else must not look like the reason.
  const what = errorLine(lines) === undefined ? 'Last line of its log' : 'Log says';
  if (line !== undefined) return [`**${what}**: ${code(line, MAX_LINE)}`];
  if (log !== undefined) return ['**Log says**: nothing, it wrote no line'];
  const missing = environment.omitted.find(({ field }) => field === 'logs');
  if (missing === undefined || lastEnd(container) === undefined || hasNotBegun(container)) return [];
  return [`**Log**: not read, as ${code(missing.reason)}`];
}

/** Which containers crash, where it is more than one, and whether their logs say the same. */
export function severalLine(environment: Environment): readonly string[] {
  const { logs } = environment;
  const crashing = crashingContainers(environment);
  if (crashing.length < 2) return [];
  const names = listWords(
    crashing.map(({ name }) => name),
    MAX_NAMES,
  );
  const said = logs.flatMap(({ container, lines }) =>
    crashing.some(({ name }) => name === container) ? (tellingLine(lines) ?? '') : [],
  );
  const shapes = new Set(said.map(shapeOf));
  const which = said.length === crashing.length ? 'their logs' : `the ${said.length} logs that were read`;
  const same =
    said.length < 2 ? '' : `; ${which} ${shapes.size === 1 ? 'say the same' : 'do not say the same'}`;
  return [`**Crashing**: ${names}${same}`];
}

/** The last lines of the logs, at most `most` of each. */
export function logSections({ logs }: Environment, quote: Quote, most: number): readonly string[] {
  if (most === 0) return [];
  return logs
    .filter((log) => log.lines.length > 0)
    .slice(0, MAX_LOGS)
    .map((log) => logSection(log, quote, most));
}

function logSection({ container, pod, previous, lines }: LogFacts, quote: Quote, most: number): string {
  const last = lines.slice(-most).map((line) => cutText(line, MAX_LINE));
  const run = previous ? 'the run that ended' : 'the current run';
  const which = last.length === 1 ? 'the last line' : `the last ${last.length} lines`;
  const about = `Pod ${code(pod)}, ${run}, ${which}:`;
  return `### Log of ${code(container)}\n\n${about}\n\n${quote.block(last)}`;
}
