import { createDesk } from '../../src/desk/desk.ts';
import type { Desk, DeskOptions } from '../../src/desk/desk.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';

export const TOKEN = 'desk-token-1';
export const OTHER_TOKEN = 'desk-token-2';
export const ORGANISATION = '11111111-1111-4111-8111-111111111111';
export const OTHER_ORGANISATION = '22222222-2222-4222-8222-222222222222';
export const CLUSTER = { id: '0b7c1f1e-8a53-4a6e-b1a7-3f6a1c0d9e11', name: 'prod-eu-1' };
export const TICKETS = '/api/v1/org/support/tickets';

/** What the desk answers, parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of any shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface TestDesk {
  readonly desk: Desk;
  readonly clock: FakeClock;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates a ticket from a good body with some fields changed. */
  create(changes?: Readonly<Record<string, unknown>>): Promise<Answer>;
}

export const goodBody = {
  subject: 'Deployment checkout in shop crashes [k8s-0123456789-abcde]',
  description: 'Three of three pods exit with code 3 since 03:00.',
  category: 'technical',
  cluster_id: CLUSTER.id,
  severity: 'critical',
  source: 'agent',
  acknowledged: true,
  environment: { version: '1', pod: { name: 'checkout-1' } },
};

/** A desk on a free port with a clock that stands still. The caller closes it. */
export async function startDesk(options: Partial<DeskOptions> = {}): Promise<TestDesk> {
  const clock = createFakeClock();
  const desk = await createDesk({
    file: ':memory:',
    host: '127.0.0.1',
    port: 0,
    clock,
    clusters: [CLUSTER],
    tokens: [
      { token: TOKEN, label: 'Agent', organisationIds: [ORGANISATION] },
      { token: OTHER_TOKEN, organisationIds: [OTHER_ORGANISATION, ORGANISATION] },
    ],
    ...options,
  });
  const call: TestDesk['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(desk.url + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
  const create: TestDesk['create'] = (changes = {}) => call('POST', TICKETS, { ...goodBody, ...changes });
  return { desk, clock, call, create };
}
