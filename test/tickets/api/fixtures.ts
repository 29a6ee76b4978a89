import type { Clock } from '../../../src/domain/clock.ts';
import type { TicketRequest } from '../../../src/domain/ticket.ts';
import { createTicketClient } from '../../../src/tickets/index.ts';
import type { RequestEvent, TicketClient, TicketClientDeps } from '../../../src/tickets/index.ts';

export const TOKEN = 'canary-token-5up3r-s3cret';
export const MARKER = 'k8s-0123456789-abcde';

export const request: TicketRequest = {
  subject: `Deployment checkout in shop crashes [${MARKER}]`,
  description: 'Three of three pods exit with code 3 since 03:00.',
  category: 'technical',
  severity: 'critical',
  environment: { version: '1', pod: { name: 'checkout-1' } },
  clusterId: undefined,
  marker: MARKER,
};

/** A clock on which every sleep ends at once and is written down. */
export function createHastyClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.UTC(2026, 10, 23, 3, 0, 0),
    monotonic: () => 0,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

export interface TestClient {
  readonly client: TicketClient;
  readonly events: RequestEvent[];
  readonly slept: number[];
}

const clients: TicketClient[] = [];

/** A client with short waits; `disconnectAll` drops its connections. */
export function aClient(deps: Partial<TicketClientDeps> & { readonly url: string }): TestClient {
  const events: RequestEvent[] = [];
  const clock = createHastyClock();
  const client = createTicketClient({
    token: { read: async () => TOKEN, forget: () => undefined },
    clock,
    firstWaitMs: 1,
    onRequest: (event) => {
      events.push(event);
    },
    ...deps,
  });
  clients.push(client);
  return { client, events, slept: clock.slept };
}

export function disconnectAll(): void {
  for (const client of clients.splice(0)) client.disconnect();
}
