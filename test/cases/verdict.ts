import type { Case } from './case.ts';
import type { PlayedTicket } from './play.ts';

/** What is wrong about the tickets of a case, a sentence for each; none where they are right. */
export function verdict({ expect }: Case, tickets: readonly PlayedTicket[]): readonly string[] {
  const texts = tickets.map(({ subject, description }) => `${subject}\n${description}`);
  const missing = (expect.says ?? []).filter((words) => !texts.some((text) => text.includes(words)));
  const untrue = (expect.neverSays ?? []).filter((words) => texts.some((text) => text.includes(words)));
  return [
    ...(tickets.length === expect.tickets ? [] : [`${tickets.length} tickets instead of ${expect.tickets}`]),
    ...tickets.flatMap((ticket) => [
      ...differs('class', ticket.class, expect.class),
      ...differs('owner', ticket.ownerKind, expect.ownerKind),
    ]),
    ...missing.map((words) => `nothing says "${words}"`),
    ...untrue.map((words) => `something says "${words}"`),
  ];
}

function differs(what: string, actual: string, wanted: string | undefined): readonly string[] {
  return wanted === undefined || actual === wanted ? [] : [`${what} ${actual} instead of ${wanted}`];
}
