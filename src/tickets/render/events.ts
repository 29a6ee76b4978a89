import type { Environment, EventFacts } from '../../domain/environment.ts';
import { cutText, plainLine, sayDuration, sayTime, shapeOf } from '../../lib/text.ts';
import type { Quote } from './quote.ts';
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
