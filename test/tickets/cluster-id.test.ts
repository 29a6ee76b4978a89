import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CreateOutcome, TicketApi } from '../../src/domain/ports.ts';
import type { TicketRequest } from '../../src/domain/ticket.ts';
import { type ClusterId, ClusterTicketApi } from '../../src/tickets/index.ts';
import { TicketApiError } from '../../src/tickets/api/error.ts';
import { aTicket, createMemoryDesk } from '../outbox/fixtures.ts';

const OURS = '11111111-2222-3333-4444-55555555555a';
const desk = createMemoryDesk(
  aTicket('ours', { clusterId: OURS.toUpperCase() }),
  aTicket('theirs', { clusterId: '99999999-2222-3333-4444-555555555555' }),
  aTicket('of-nobody'),
);

function find(current: string | undefined): Promise<readonly string[]> {
  const clusterId: ClusterId = { current: () => current, resolve: () => Promise.resolve(current) };
  return new ClusterTicketApi(desk, clusterId, {
    clock: { monotonic: () => 0 },
    onUnknown: () => undefined,
  })
    .find('k8s-key1')
    .then((tickets) => tickets.map(({ id }) => id));
}

test('a look-up finds no ticket of another cluster, though a copy of a cluster has the same markers', async () => {
  expect(await find(OURS)).toEqual(['ours', 'of-nobody']);
});

test('without an id all tickets are found', async () => {
  expect(await find(undefined)).toEqual(['ours', 'theirs', 'of-nobody']);
});

describe('a cluster that the ticket API does not know', () => {
  const MINUTE = 60_000;
  const request = { subject: 's', clusterId: undefined } as TicketRequest;
  const unknown: CreateOutcome = {
    kind: 'paused',
    status: 422,
    setting: 'cluster',
    error: '422: cluster_id is not known',
  };
  let now = 0;
  let sent: (string | undefined)[] = [];
  let told: string[] = [];
  let answer: (clusterId: string | undefined) => CreateOutcome;

  function open(resolve: ClusterId['resolve'] = () => Promise.resolve(OURS)): ClusterTicketApi {
    const create: TicketApi['create'] = ({ clusterId }) => {
      sent.push(clusterId);
      return Promise.resolve(answer(clusterId));
    };
    return new ClusterTicketApi(
      { ...desk, create },
      { current: () => OURS, resolve },
      { clock: { monotonic: () => now }, onUnknown: (error) => told.push(error) },
    );
  }

  const created: CreateOutcome = { kind: 'created', ticket: aTicket('t') };

  beforeEach(() => {
    [now, sent, told] = [0, [], []];
    answer = (clusterId) => (clusterId === undefined ? created : unknown);
  });

  test('pauses filing for ten minutes, and then tickets go without its id', async () => {
    const api = open();
    expect(await api.create(request)).toEqual(unknown);
    now = 10 * MINUTE - 1;
    expect(await api.create(request)).toEqual(unknown);
    expect(api.unknownCluster).toBeUndefined();
    now = 10 * MINUTE;
    expect(await api.create(request)).toEqual(created);
    await api.create(request);
    expect(sent).toEqual([OURS, OURS, OURS, undefined, OURS, undefined]);
    expect(told).toEqual(['422: cluster_id is not known']);
    expect(api.unknownCluster).toBe('422: cluster_id is not known');
  });

  test('is asked for each time, and has its id as soon as it is known', async () => {
    const api = open();
    await api.create(request);
    now = 11 * MINUTE;
    await api.create(request);
    answer = () => created;
    sent = [];
    await api.create(request);
    expect({ sent, unknown: api.unknownCluster }).toEqual({ sent: [OURS], unknown: undefined });
  });

  test('a name that is not known is the same', async () => {
    const api = open(() => Promise.reject(new Error('clusterName "x" is not known to the ticket API')));
    await api.create(request);
    now = 10 * MINUTE;
    expect(await api.create(request)).toEqual(created);
    expect(api.unknownCluster).toContain('clusterName "x"');
  });

  test.each<[string, ClusterId['resolve'], CreateOutcome]>([
    [
      'credentials that are refused',
      () => Promise.resolve(OURS),
      { kind: 'paused', status: 401, error: '401' },
    ],
    [
      'a proxy that does not let through',
      () => Promise.resolve(OURS),
      { kind: 'paused', status: 403, setting: 'proxy', error: 'the proxy answered 403 to CONNECT' },
    ],
    ['a redirect', () => Promise.resolve(OURS), { kind: 'paused', status: 302, error: '302' }],
    ['an answer that is none', () => Promise.resolve(OURS), { kind: 'unknown', error: '503' }],
    [
      'a list of clusters that cannot be read',
      () => Promise.reject(new TicketApiError('transient', 'reset')),
      created,
    ],
  ])('%s is not about the cluster, however long', async (_name, resolve, outcome) => {
    answer = () => outcome;
    const api = open(resolve);
    await api.create(request);
    now = 60 * MINUTE;
    await api.create(request);
    expect(sent).not.toContain(undefined);
    expect(api.unknownCluster).toBeUndefined();
  });
});
