import { describe, expect, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import { CircuitBreaker } from '../../src/outbox/circuit-breaker.ts';
import { BlockedError, isTicketOver, TicketReads } from '../../src/outbox/calls.ts';
import { aTicket, createKit, type Kit } from './fixtures.ts';

function openReads(): Kit & { readonly circuitBreaker: CircuitBreaker; readonly reads: TicketReads } {
  const kit = createKit([], [aTicket('T1')]);
  const circuitBreaker = new CircuitBreaker(() => 1, kit.observer);
  return Object.assign(kit, { circuitBreaker, reads: new TicketReads({ ...kit, circuitBreaker }) });
}

const { signal } = new AbortController();

const down = (): never => {
  throw new Error('503');
};

describe('reads for a decision', () => {
  test('are asked as they come while the ticket API works', async () => {
    const { reads, desk } = openReads();
    const [ticket, found] = await Promise.all([reads.get('T1', signal), reads.find('k8s-key1', signal)]);
    expect([ticket?.id, found.length]).toEqual(['T1', 1]);
    expect(desk.calls).toEqual(['get T1', 'find k8s-key1']);
  });

  test('open the circuit breaker for all when one fails, and are not asked before it closes', async () => {
    const { reads, circuitBreaker, desk, clock } = openReads();
    desk.answerNext('get', down);
    await expect(reads.get('T1', signal)).rejects.toThrow('503');
    expect(circuitBreaker.blockedUntil).toBe(2 * SECOND);
    for (let n = 0; n < 15; n += 1) await expect(reads.get(`T${n}`, signal)).rejects.toThrow(BlockedError);
    await expect(reads.find('k8s-key1', signal)).rejects.toThrow(BlockedError);
    expect(desk.calls).toEqual(['get T1']);
    await clock.advance(2 * SECOND);
    expect((await reads.get('T1', signal))?.id).toBe('T1');
    expect(circuitBreaker.blockedUntil).toBe(0);
  });

  test('find out one at a time whether the ticket API works again', async () => {
    const { reads, desk, clock } = openReads();
    desk.answerNext('get', down);
    await expect(reads.get('T1', signal)).rejects.toThrow('503');
    await clock.advance(2 * SECOND);
    const results = await Promise.allSettled(Array.from({ length: 15 }, () => reads.get('T1', signal)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(desk.calls).toHaveLength(2);
  });

  test('say nothing about the API when they are cut off', async () => {
    const { reads, circuitBreaker, desk } = openReads();
    const cut = new AbortController();
    desk.answerNext('get', () => {
      cut.abort();
      throw new Error('cut');
    });
    await expect(reads.get('T1', cut.signal)).rejects.toThrow('aborted');
    expect(circuitBreaker.blockedUntil).toBe(0);
  });
});

describe('whether a ticket is over', () => {
  const ticket = { id: 'T1', keyMarker: 'k8s-key1' };

  test('is told by itself, or by the list when it is not found', async () => {
    const { reads, desk } = openReads();
    expect(await isTicketOver(reads, ticket, signal)).toBe(false);
    desk.answerNext('get', () => Promise.resolve(undefined));
    expect(await isTicketOver(reads, ticket, signal)).toBe(false);
    desk.tickets.set('T1', aTicket('T1', { status: 'resolved' }));
    expect(await isTicketOver(reads, ticket, signal)).toBe(true);
    desk.tickets.clear();
    expect(await isTicketOver(reads, ticket, signal)).toBe(true);
  });

  test('is not known while the list cannot be read', async () => {
    const { reads, desk } = openReads();
    desk.answerNext('get', () => Promise.resolve(undefined));
    desk.answerNext('find', down);
    await expect(isTicketOver(reads, ticket, signal)).rejects.toThrow('503');
  });
});
