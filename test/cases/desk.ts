import type { Clock } from '../../src/domain/clock.ts';
import type { Ticket, TicketRequest } from '../../src/domain/ticket.ts';
import type { TicketClient } from '../../src/tickets/index.ts';

/** A ticket as it was filed, with what has been said on it since. */
export interface FiledTicket extends Ticket {
  readonly request: TicketRequest;
  readonly comments: { readonly id: string; readonly body: string }[];
  readonly attachments: string[];
  status: string;
}

/** A ticket API that accepts everything, at once. */
export interface CaseDesk extends TicketClient {
  readonly filed: readonly FiledTicket[];
}

/** No tickets. */
export function createCaseDesk(clock: Clock): CaseDesk {
  const filed: FiledTicket[] = [];
  const byId = (id: string): FiledTicket | undefined => filed.find((ticket) => ticket.id === id);
  const done = { kind: 'done' } as const;
  const gone = { kind: 'denied', error: 'no such ticket', status: 404, isApi: true } as const;
  return {
    filed,
    find: async (text) => filed.filter(({ subject }) => subject.includes(text)),
    get: async (id) => byId(id),
    create: async (request) => {
      const { subject, description } = request;
      const id = `T${filed.length + 1}`;
      const ticket = {
        id,
        subject,
        description,
        status: 'open',
        createdAt: clock.now(),
        comments: [],
        attachments: [],
        request,
      };
      filed.push(ticket);
      return { kind: 'created', ticket };
    },
    comment: async (id, body) => {
      const ticket = byId(id);
      ticket?.comments.push({ id: `${id}-${ticket.comments.length + 1}`, body });
      return ticket === undefined ? gone : done;
    },
    close: async (id) => {
      const ticket = byId(id);
      if (ticket !== undefined) ticket.status = 'closed';
      return ticket === undefined ? gone : done;
    },
    attach: async (id, { name }) => {
      const ticket = byId(id);
      ticket?.attachments.push(name);
      return ticket === undefined ? gone : done;
    },
    listClusters: async () => [],
    disconnect: () => undefined,
  };
}
