import type { FiledTicket, TestDesk } from '../e2e/support/desk.ts';

/** What has reached the desk about one namespace. */
export interface Posts {
  readonly tickets: number;
  readonly comments: number;
  /** Epoch milliseconds of the first and of the last ticket. */
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
}

/** Counts the POSTs that were accepted. */
export function postsOf(desk: TestDesk, namespace: string): Posts {
  const tickets = desk.tickets(namespace);
  const times = tickets.map(({ createdAt }) => createdAt);
  return {
    tickets: tickets.length,
    comments: tickets.reduce((sum, { comments }) => sum + comments.length, 0),
    firstAt: times[0],
    lastAt: times.at(-1),
  };
}

/** All POSTs about these namespaces. */
export function totalOf(desk: TestDesk, namespaces: readonly string[]): number {
  return namespaces
    .map((namespace) => postsOf(desk, namespace))
    .reduce((sum, { tickets, comments }) => sum + tickets + comments, 0);
}

/** A comment by which a ticket says that its failure is over. */
export function saysRecovered({ comments }: FiledTicket): boolean {
  return comments.some((comment) => /works again|was replaced and works now/.test(comment));
}
