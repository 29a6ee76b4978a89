import { expect, test } from '@jest/globals';
import { type ClusterId, withClusterId } from '../../src/tickets/index.ts';
import { aTicket, createMemoryDesk } from '../outbox/fixtures.ts';

const OURS = '11111111-2222-3333-4444-55555555555a';
const desk = createMemoryDesk(
  aTicket('ours', { clusterId: OURS.toUpperCase() }),
  aTicket('theirs', { clusterId: '99999999-2222-3333-4444-555555555555' }),
  aTicket('of-nobody'),
);

function find(current: string | undefined): Promise<readonly string[]> {
  const clusterId: ClusterId = { current: () => current, resolve: () => Promise.resolve(current) };
  return withClusterId(desk, clusterId)
    .find('k8s-key1')
    .then((tickets) => tickets.map(({ id }) => id));
}

test('a look-up finds no ticket of another cluster, though a copy of a cluster has the same markers', async () => {
  expect(await find(OURS)).toEqual(['ours', 'of-nobody']);
});

test('without an id all tickets are found', async () => {
  expect(await find(undefined)).toEqual(['ours', 'theirs', 'of-nobody']);
});
