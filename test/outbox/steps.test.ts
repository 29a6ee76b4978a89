import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident, IncidentStatus } from '../../src/domain/incident.ts';
import { LeaseLostError } from '../../src/incidents/index.ts';
import { GoneError } from '../../src/outbox/context.ts';
import { nextStep } from '../../src/outbox/next-step.ts';
import { carryOut } from '../../src/outbox/outbox.ts';
import { bench } from './bench.ts';
import { aComment, anIncident, aTicket } from './fixtures.ts';

const nothing = { own: [], sameKey: [] };

describe('a look-up', () => {
  test('asks for the key and sorts what it finds', async () => {
    const own = aTicket('T1');
    const { run, desk } = bench(anIncident(), [own, aTicket('T2', { uid: 'other' })]);
    const { facts } = await run({ kind: 'searchTickets' });
    expect(desk.calls).toEqual(['find k8s-key1']);
    expect(facts.matches).toMatchObject({ own: [{ id: 'T1' }], sameKey: [{ id: 'T2' }] });
  });

  test('that fails waits, and blocks the others', async () => {
    const { run, desk, context, told } = bench();
    desk.answerNext('find', new Error('503'));
    const { facts } = await run({ kind: 'searchTickets' });
    expect(facts).toEqual({ failures: 1, shrink: 0, notBefore: 2 * SECOND });
    expect(context.circuitBreaker.blockedUntil).toBe(2 * SECOND);
    expect(desk.calls).toEqual(['find k8s-key1']);
    expect(told).toEqual(['failed find unknown', 'blocked 503']);
  });

  test('honours Retry-After', async () => {
    const { run, desk, context } = bench();
    desk.answerNext('find', Object.assign(new Error('429'), { kind: 'transient', retryAfterMs: 70_000 }));
    expect((await run({ kind: 'searchTickets' })).facts.notBefore).toBe(70_000);
    expect(context.circuitBreaker.blockedUntil).toBe(70_000);
  });

  test('with refused credentials pauses everything', async () => {
    const { run, desk, context } = bench();
    desk.answerNext('find', Object.assign(new Error('401'), { kind: 'paused' }));
    await run({ kind: 'searchTickets' });
    expect(context.circuitBreaker.blockedUntil).toBe(30 * SECOND);
  });

  test('is passed over when the list has failed for too long: losing is worse than doubling', async () => {
    const { run, desk, clock, stored } = bench();
    const unknownSince = 0;
    desk.answerNext('find', new Error('500'));
    await run({ kind: 'searchTickets' }, { unknownSince });
    await clock.advance(10 * MINUTE - 1);
    desk.answerNext('find', new Error('500'));
    expect(stored().phase).toBe('Pending');
    await run({ kind: 'searchTickets' }, { unknownSince });
    expect(desk.requests).toHaveLength(0);
    await clock.advance(1);
    desk.answerNext('find', new Error('500'));
    const { facts } = await run({ kind: 'searchTickets' }, { unknownSince });
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(facts.verifyAt).toBe(12 * MINUTE);
  });

  test('gets all its patience again after an attempt that may have been accepted', async () => {
    const { run, desk, clock } = bench();
    desk.answerNext('find', new Error('500'));
    await run({ kind: 'searchTickets' });
    await clock.advance(10 * MINUTE);
    desk.answerNext('find', new Error('500'));
    desk.answerNext('create', { kind: 'unknown', error: 'timeout' });
    const { facts } = await run({ kind: 'searchTickets' });
    expect(facts.unknownSince).toBe(10 * MINUTE);
    await clock.advance(10 * MINUTE - 1);
    desk.answerNext('find', new Error('500'));
    await run({ kind: 'searchTickets' }, facts);
    expect(desk.requests).toHaveLength(1);
  });

  test('is not passed over while the API asks to wait, which may last as long again', async () => {
    const { run, desk, clock } = bench();
    const limited = (): Error => Object.assign(new Error('429'), { kind: 'notSent', retryAfterMs: 10_000 });
    desk.answerNext('find', new Error('500'));
    await run({ kind: 'searchTickets' });
    await clock.advance(HOUR);
    desk.answerNext('find', limited());
    const { facts } = await run({ kind: 'searchTickets' });
    expect(desk.requests).toHaveLength(0);
    expect(facts.notBefore).toBeGreaterThanOrEqual(HOUR + 10_000);
    await clock.advance(10 * MINUTE - 1);
    desk.answerNext('find', limited());
    const again = await run({ kind: 'searchTickets' }, facts);
    expect(desk.requests).toHaveLength(0);
    await clock.advance(1);
    desk.answerNext('find', limited());
    await run({ kind: 'searchTickets' }, again.facts);
    expect(desk.requests).toHaveLength(1);
  });

  test('that works ends the wait that was asked for', async () => {
    const { run, desk, clock } = bench();
    const { facts } = await run({ kind: 'searchTickets' }, { askedToWaitSince: 0 });
    expect(facts).not.toHaveProperty('askedToWaitSince');
    desk.answerNext('find', new Error('500'));
    await clock.advance(1);
    const failed = await run({ kind: 'searchTickets' }, { askedToWaitSince: 0 });
    expect(failed.facts).not.toHaveProperty('askedToWaitSince');
  });
});

describe('a post', () => {
  const post = { kind: 'post' } as const;

  test('sends the ticket, and only then writes the status', async () => {
    const { run, desk, stored, told, clock } = bench(anIncident({ lastError: '503' }));
    desk.answerNext('create', () => {
      expect(stored().phase).toBe('Pending');
      return Promise.resolve({ kind: 'created', ticket: aTicket('T7') });
    });
    const { facts } = await run(post, { matches: nothing, failures: 3 });
    expect(facts).toEqual({ failures: 0, shrink: 0 });
    expect(stored()).toEqual({
      phase: 'Filed',
      ticketId: 'T7',
      ticketUrl: 'https://desk.test/T7',
      filedAt: clock.now(),
      occurrences: 3,
    });
    expect(told).toEqual(['filed T7']);
  });

  test('files what is over all the same, and says so', async () => {
    const { run, desk, stored } = bench(anIncident({ recoveredAt: 9 }));
    await run(post);
    expect(desk.requests[0]?.description).toBe('It has recovered.');
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9 });
  });

  test('shows a recovery as not told that came while the request was under way', async () => {
    const { run, desk, stored, store } = bench();
    desk.answerNext('create', () => {
      store.change('deployment-shop-1', { recoveredAt: 9, recovery: 'It works.' });
      return Promise.resolve({ kind: 'created', ticket: aTicket('T1') });
    });
    await run(post);
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(stored().recoveredAt).toBeUndefined();
    expect(stored().recovery).toBeUndefined();
  });

  test('shows a recovery as told that did not last while the request was under way', async () => {
    const { run, desk, stored, store } = bench(anIncident({ recoveredAt: 9 }));
    desk.answerNext('create', () => {
      store.change('deployment-shop-1', { recoveredAt: undefined });
      return Promise.resolve({ kind: 'created', ticket: aTicket('T1') });
    });
    await run(post);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9 });
  });

  test('with an unknown outcome makes the next one wait for the list', async () => {
    const { run, desk, stored, clock } = bench();
    await clock.advance(1_000);
    desk.answerNext('create', { kind: 'unknown', error: 'timeout' });
    const { facts } = await run(post, { matches: nothing });
    expect(facts).toMatchObject({ failures: 1, shrink: 0, notBefore: 3_000, unknownSince: 1_000 });
    expect(facts.matches).toBeUndefined();
    expect(stored()).toEqual({ phase: 'Pending', lastError: 'timeout', attempts: 1 });
  });

  test('takes anything that is thrown for an unknown outcome', async () => {
    const { run, desk } = bench();
    desk.answerNext('create', Object.assign(new Error('broken'), { kind: 'paused' }));
    expect((await run(post)).facts.unknownSince).toBe(0);
  });

  test('that was surely not accepted needs no wait for the list', async () => {
    const { run, desk, context } = bench();
    desk.answerNext('create', { kind: 'notSent', error: '429', retryAfterMs: 45_000 });
    const { facts } = await run(post, { matches: nothing });
    expect(facts).toEqual({ failures: 1, shrink: 0, notBefore: 45_000 });
    expect(context.circuitBreaker.blockedUntil).toBe(45_000);
  });

  test('pauses everything on refused credentials, and the incident stays Pending', async () => {
    const { run, desk, context, stored } = bench();
    desk.answerNext('create', { kind: 'paused', error: '401' });
    await run(post);
    expect(context.circuitBreaker.blockedUntil).toBe(30 * SECOND);
    expect(stored().phase).toBe('Pending');
  });

  test('is made smaller twice, then given up in the words of the API', async () => {
    const { run, desk, stored, told } = bench();
    desk.answerNext('create', { kind: 'rejected', error: '422: too large', status: 422 });
    const first = await run(post, { matches: nothing });
    expect(first.facts).toMatchObject({ shrink: 1 });
    expect(first.facts.matches).toBeUndefined();
    desk.answerNext('create', { kind: 'rejected', error: '422: still', status: 422 });
    const second = await run(post, first.facts);
    expect(stored().phase).toBe('Pending');
    desk.answerNext('create', { kind: 'rejected', error: '422: again', status: 422 });
    await run(post, second.facts);
    expect(desk.requests.map(({ environment }) => environment['shrink'])).toEqual([0, 1, 2]);
    expect(stored()).toEqual({ phase: 'Rejected', lastError: '422: again', attempts: 1 });
    expect(told.at(-1)).toBe('rejected 422: again');
  });

  test('never rejects what another process has filed meanwhile', async () => {
    const { run, desk, stored, store, told } = bench();
    desk.answerNext('create', () => {
      store.change('deployment-shop-1', { phase: 'Filed', ticketId: 'T9' });
      return Promise.resolve({ kind: 'rejected', error: '422', status: 422 });
    });
    await run(post, { shrink: 2 });
    expect(stored()).toEqual({ phase: 'Filed', ticketId: 'T9' });
    expect(told).not.toContain('rejected 422');
  });

  test('without a draft is rejected, and says what to do', async () => {
    const whole = anIncident();
    const { draft: _removed, ...spec } = whole.spec;
    const { run, stored, desk } = bench({ ...whole, spec });
    await run(post);
    expect(desk.requests).toEqual([]);
    expect(stored().phase).toBe('Rejected');
    expect(stored().lastError).toContain('delete this Incident');
  });

  test.each([false, true])(
    'knows its ticket when the store fails (done: %s), and adopts it',
    async (isDone) => {
      const { run, stored, store, told } = bench(anIncident({ recoveredAt: 9 }));
      store.failNext('patchStatus', { isDone });
      const { facts } = await run(post);
      expect(facts).toMatchObject({ failures: 1, matches: { own: [{ id: 'T1' }] } });
      const adopted = await run({ kind: 'adopt', ticket: aTicket('T1'), own: true }, facts);
      expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9, ticketId: 'T1' });
      expect(adopted.facts).toEqual({ failures: 0, shrink: 0 });
      expect(told).toContain('filed T1');
    },
  );

  test('looks for a double when another leader was faster with another ticket', async () => {
    const { run, stored, desk, store } = bench();
    desk.answerNext('create', () => {
      store.change('deployment-shop-1', { phase: 'Filed', ticketId: 'T9' });
      return Promise.resolve({ kind: 'created', ticket: aTicket('T1') });
    });
    const { facts } = await run(post);
    expect(stored().ticketId).toBe('T9');
    expect(facts.verifyAt).toBe(2 * MINUTE);
  });

  test('notes a repeated error only once', async () => {
    const { run, desk, store } = bench();
    for (let time = 0; time < 3; time += 1) {
      desk.answerNext('create', { kind: 'notSent', error: '429' });
      await run(post);
    }
    expect(store.calls.filter((call) => call === 'patchStatus')).toHaveLength(1);
  });

  test('is not stopped by an error that cannot be noted', async () => {
    const { run, desk, store, told } = bench();
    desk.answerNext('create', { kind: 'unknown', error: 'timeout' });
    store.failNext('patchStatus', { isDone: false });
    expect((await run(post)).facts.unknownSince).toBe(0);
    expect(told).toContain('failed store store');
  });

  test('is not begun without the Lease, and not after a cut', async () => {
    const one = bench();
    one.isLeading = false;
    await expect(one.run(post)).rejects.toThrow(LeaseLostError);
    expect(one.desk.calls).toEqual([]);
    const two = bench();
    two.desk.answerNext('create', () => {
      two.cut.abort(new Error('cut'));
      return Promise.reject(new Error('aborted'));
    });
    await expect(two.run(post)).rejects.toThrow('cut');
  });
});

describe('an adoption', () => {
  test('of an own ticket needs no comment, and looks for a double if an attempt had no answer', async () => {
    const { run, stored, told } = bench();
    const { facts } = await run({ kind: 'adopt', ticket: aTicket('T1'), own: true }, { unknownSince: 0 });
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1', occurrences: 3 });
    expect(stored().comment).toBeUndefined();
    expect(facts.verifyAt).toBe(2 * MINUTE);
    expect(told).toEqual(['filed T1']);
  });

  test('of the ticket of an earlier incident is told on it', async () => {
    const { run, stored, told } = bench();
    await run({ kind: 'adopt', ticket: aTicket('T1', { uid: 'other' }), own: false });
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1', comment: { kind: 'adopted' } });
    expect(told).toEqual(['adopted T1']);
  });

  const own = { kind: 'adopt', ticket: aTicket('T1'), own: true } as const;
  const told = aTicket('T1', { description: 'It has recovered.' });

  test('lets a recovery be told of which the ticket does not tell', async () => {
    const { run, stored, desk } = bench(anIncident({ recoveredAt: 9, recovery: 'It works.' }), [
      aTicket('T1'),
    ]);
    await run(own);
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(stored().recoveredAt).toBeUndefined();
    expect(desk.calls).toEqual(['get T1']);
  });

  test('goes by what the ticket says: a recovery that it tells of is not told again', async () => {
    const { run, stored } = bench(anIncident({ recoveredAt: 9 }), [told]);
    await run(own);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9 });
  });

  test('lets a failure be told that has come again, of which the ticket says that it is over', async () => {
    const { run, stored, clock } = bench(anIncident({ recurrences: 1 }), [told]);
    await run(own);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: clock.now() });
  });

  test('needs no request where nothing has ever recovered', async () => {
    const { run, desk } = bench();
    await run(own);
    expect(desk.calls).toEqual([]);
  });

  test('is tried again when the ticket cannot be read', async () => {
    const { run, desk, stored } = bench(anIncident({ recoveredAt: 9 }), [told]);
    desk.answerNext('get', new Error('refused'));
    const { facts } = await run(own, { matches: { own: [told], sameKey: [] } });
    expect(facts).toMatchObject({ failures: 1, matches: { own: [{ id: 'T1' }] }, notBefore: 2 * SECOND });
    expect(stored().phase).toBe('Pending');
  });

  test('leaves the recovery of a request by hand alone', async () => {
    const { run, stored } = bench(anIncident({ recoveredAt: 9 }, { spec: { trigger: 'manual' } }));
    await run({ kind: 'adopt', ticket: aTicket('T1', { uid: 'other' }), own: false });
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9, comment: { kind: 'manual' } });
  });
});

describe('a comment', () => {
  const say = { kind: 'comment' } as const;
  const talking = (kind: Parameters<typeof aComment>[0], phase: 'Filed' | 'Recovered' = 'Filed'): Incident =>
    anIncident({ phase, ticketId: 'T1', filedAt: 1, comment: aComment(kind) });

  test('is said, and then done', async () => {
    const { run, desk, stored, told } = bench(talking('grown'), [aTicket('T1')]);
    await run(say);
    expect(desk.tickets.get('T1')?.comments).toEqual([{ id: 'c', body: 'grown [c-grown]' }]);
    expect(stored().comment).toBeUndefined();
    expect(told).toEqual(['commented grown']);
  });

  test('is not repeated', async () => {
    const said = aTicket('T1', { comments: [{ id: 'c', body: 'grown [c-grown]' }] });
    const { run, desk, stored, told } = bench(talking('grown'), [said]);
    await run(say);
    expect(desk.calls).toEqual(['get T1']);
    expect(stored().comment).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('waits after an unknown outcome before it may be repeated', async () => {
    const { run, desk, stored } = bench(talking('grown'), [aTicket('T1')]);
    desk.answerNext('comment', { kind: 'unknown', error: 'timeout' });
    const { facts } = await run(say);
    expect(facts).toMatchObject({ failures: 1, shrink: 0, notBefore: 2 * SECOND, unknownSince: 0 });
    expect(stored().comment).toBeDefined();
  });

  test('that is refused is said with fewer words, then dropped', async () => {
    const { run, desk, stored, told } = bench(talking('grown'), [aTicket('T1')]);
    for (const shrink of [0, 1, 2]) {
      desk.answerNext('comment', { kind: 'rejected', error: '422', status: 422 });
      expect(stored().comment).toBeDefined();
      await run(say, { shrink });
    }
    expect(desk.bodies).toEqual(['grown [c-grown]', 'grown 1 [c-grown]', 'grown 2 [c-grown]']);
    expect(stored().comment).toBeUndefined();
    expect(told.at(-1)).toBe('dropped grown');
  });

  test('leaves a later comment for the next time', async () => {
    const { run, desk, stored, store } = bench(talking('grown'), [aTicket('T1')]);
    desk.answerNext('comment', () => {
      store.change('deployment-shop-1', { comment: aComment('recovered') });
      return Promise.resolve({ kind: 'done' });
    });
    await run(say);
    expect(stored().comment?.kind).toBe('recovered');
  });

  test.each(['grown', 'worse', 'unresolved', 'recovered'] as const)(
    'of kind %s is not said on a ticket that a person has closed',
    async (kind) => {
      const { run, desk, stored, told } = bench(talking(kind), [aTicket('T1', { status: 'resolved' })]);
      await run(say);
      expect(desk.calls).toEqual(['get T1']);
      expect(stored()).toEqual({ phase: 'Filed', ticketId: 'T1', filedAt: 1 });
      expect(told).toEqual([`dropped ${kind}`]);
    },
  );

  test.each(['adopted', 'manual'] as const)(
    'of kind %s that finds its ticket closed gives the incident a ticket of its own',
    async (kind) => {
      const { run, stored, clock } = bench(talking(kind), [aTicket('T1', { status: 'closed' })]);
      await clock.advance(1_000);
      const { facts } = await run(say);
      expect(stored()).toEqual({ phase: 'Pending' });
      // The list may show the closed one as open for a while.
      expect(facts.unknownSince).toBe(1_000);
    },
  );

  test('of a recurrence that finds its ticket closed lets the incident be opened anew', async () => {
    const { run, stored } = bench(talking('recurred'), [aTicket('T1', { status: 'closed' })]);
    await run(say);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 5_000, ticketId: 'T1' });
    expect(stored().comment).toBeUndefined();
  });

  test.each(['shared', 'storm'] as const)(
    'of further owners of a %s incident that finds its ticket closed lets it be opened anew, as no other ticket tells of them',
    async (trigger) => {
      const incident = talking('grown');
      const { run, stored } = bench({ ...incident, spec: { ...incident.spec, trigger } }, [
        aTicket('T1', { status: 'closed' }),
      ]);
      await run(say);
      expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 5_000, ticketId: 'T1' });
    },
  );

  test('of a recovery closes the ticket, if that is wanted', async () => {
    const { run, desk, stored } = bench(talking('recovered', 'Recovered'), [aTicket('T1')], {
      closeRecovered: true,
    });
    await run(say);
    expect(desk.calls).toEqual(['get T1', 'comment T1', 'close T1']);
    expect(desk.tickets.get('T1')?.status).toBe('closed');
    expect(stored().comment).toBeUndefined();
  });

  test('closes again what could not be closed, without a second comment', async () => {
    const { run, desk, stored } = bench(talking('recovered', 'Recovered'), [aTicket('T1')], {
      closeRecovered: true,
    });
    desk.answerNext('close', { kind: 'notSent', error: 'refused' });
    await run(say);
    expect(stored().comment).toBeDefined();
    await run(say);
    expect(desk.tickets.get('T1')).toMatchObject({ status: 'closed', comments: [{ id: 'c' }] });
    expect(stored().comment).toBeUndefined();
  });

  test('waits until a close of which the answer was lost must show, whatever is to be said next', async () => {
    const { run, desk, clock, context } = bench(talking('recovered', 'Recovered'), [aTicket('T1')], {
      closeRecovered: true,
    });
    await clock.advance(MINUTE);
    desk.answerNext('close', { kind: 'unknown', error: 'timeout' });
    const { facts } = await run(say);
    expect(facts.unknownSince).toBe(MINUTE);
    const moment = { now: clock.now(), elapsed: facts.notBefore ?? MINUTE };
    expect(nextStep(talking('recurred'), facts, moment, context.options)).toEqual({
      kind: 'wait',
      until: MINUTE + context.options.lookupDelayMs,
    });
  });

  test('gives up a close that is refused, and does not run in circles', async () => {
    const { run, desk, stored } = bench(talking('recovered', 'Recovered'), [aTicket('T1')], {
      closeRecovered: true,
    });
    desk.answerNext('close', { kind: 'rejected', error: '409', status: 409 });
    await run(say);
    expect(stored().comment).toBeUndefined();
  });

  test('waits when the ticket cannot be read', async () => {
    const { run, desk, context, told } = bench(talking('grown'), [aTicket('T1')]);
    desk.answerNext('get', new Error('503'));
    expect((await run(say)).facts.notBefore).toBe(2 * SECOND);
    expect(context.circuitBreaker.blockedUntil).toBe(2 * SECOND);
    expect(told[0]).toBe('failed get unknown');
  });

  test('is not sent when the Lease is lost after the ticket was read', async () => {
    const kit = bench(talking('grown'), [aTicket('T1')]);
    kit.desk.answerNext('get', () => {
      kit.isLeading = false;
      return Promise.resolve(aTicket('T1'));
    });
    await expect(kit.run(say)).rejects.toThrow(LeaseLostError);
    expect(kit.desk.calls).toEqual(['get T1']);
  });
});

describe('the search for doubles', () => {
  const verify = { kind: 'verify' } as const;
  const filed = (ticketId: string, status: Partial<IncidentStatus> = {}): Incident =>
    anIncident({ phase: 'Filed', ticketId, ...status });
  const two = [aTicket('T1', { createdAt: 1 }), aTicket('T2', { createdAt: 2 })] as const;

  test('finds none', async () => {
    const { run, desk, store } = bench(filed('T1'), [aTicket('T1')]);
    const { facts } = await run(verify, { verifyAt: 5 });
    expect(facts).toEqual({ failures: 0, shrink: 0 });
    expect(desk.calls).toEqual(['find k8s-key1']);
    expect(store.calls).toEqual([]);
  });

  test('keeps the oldest and withdraws the others', async () => {
    const { run, desk, stored, told } = bench(filed('T2'), two);
    await run(verify, { verifyAt: 5 });
    expect(desk.tickets.get('T2')).toMatchObject({
      status: 'closed',
      comments: [{ body: 'A double of T1' }],
    });
    expect(desk.tickets.get('T1')).toMatchObject({ status: 'open', comments: [] });
    expect(stored()).toMatchObject({ ticketId: 'T1', ticketUrl: 'https://desk.test/T1' });
    expect(told).toEqual(['closed T2']);
  });

  test('keeps the one that is open when a person has closed the other', async () => {
    const { run, desk, stored } = bench(filed('T1'), [aTicket('T1', { status: 'closed' }), aTicket('T2')]);
    await run(verify);
    expect(desk.tickets.get('T2')?.status).toBe('open');
    expect(stored().ticketId).toBe('T2');
  });

  test('withdraws an own ticket that came to light after an open one was adopted', async () => {
    const { run, desk, stored } = bench(filed('T1'), [aTicket('T1', { uid: 'other' }), aTicket('T2')]);
    await run(verify);
    expect(desk.tickets.get('T2')).toMatchObject({
      status: 'closed',
      comments: [{ body: 'A double of T1' }],
    });
    expect(stored().ticketId).toBe('T1');
  });

  test('lets be told again on the kept one what the other one was told', async () => {
    const { run, stored } = bench(filed('T2', { phase: 'Recovered', recoveredAt: 9 }), two);
    await run(verify);
    expect(stored()).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(stored().recoveredAt).toBeUndefined();
  });

  test('tells nothing on the kept one that it says already', async () => {
    const [first, second] = two;
    const { run, stored } = bench(filed('T2', { phase: 'Recovered', recoveredAt: 9 }), [
      { ...first, description: 'It has recovered.' },
      second,
    ]);
    await run(verify);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9, ticketId: 'T1' });
  });

  test('hears from the kept one that it tells of a recovery, though the other one has never told of any', async () => {
    const { run, stored, clock } = bench(filed('T1'), [
      aTicket('T1', { createdAt: 1, status: 'closed' }),
      aTicket('T2', { createdAt: 2, description: 'It has recovered.' }),
    ]);
    await run(verify);
    expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: clock.now(), ticketId: 'T2' });
  });

  test('lets only the newest incident speak on the kept one', async () => {
    const incident = filed('T2', { phase: 'Recovered', recoveredAt: 9, comment: aComment('recovered') });
    const { run, stored, context } = bench(incident, two);
    await carryOut(
      verify,
      { incident, facts: { failures: 0, shrink: 0 } },
      { ...context, isNewest: () => false },
    );
    expect(stored()).toMatchObject({ phase: 'Recovered', ticketId: 'T1' });
    expect(stored().comment).toBeUndefined();
    await run(verify);
  });

  test('says nothing twice on a double', async () => {
    const { run, desk } = bench(filed('T1'), two);
    desk.answerNext('close', { kind: 'unknown', error: 'timeout' });
    const { facts } = await run(verify, { verifyAt: 5 });
    expect(facts.verifyAt).toBe(5);
    await run(verify, facts);
    expect(desk.tickets.get('T2')).toMatchObject({ status: 'closed', comments: [{ id: 'c' }] });
  });

  test('leaves a double alone that is closed by now', async () => {
    const { run, desk } = bench(filed('T1'), two);
    desk.answerNext('get', aTicket('T2', { status: 'closed' }));
    await run(verify);
    expect(desk.calls).toEqual(['find k8s-key1', 'get T2']);
  });

  test('gives up a close that is refused', async () => {
    const { run, desk, told } = bench(filed('T1'), two);
    desk.answerNext('close', { kind: 'rejected', error: '409', status: 409 });
    expect((await run(verify, { verifyAt: 5 })).facts.verifyAt).toBeUndefined();
    expect(told).toEqual(['failed close rejected']);
  });

  test('is repeated when the list fails', async () => {
    const { run, desk } = bench(filed('T1'), two);
    desk.answerNext('find', new Error('503'));
    expect((await run(verify, { verifyAt: 5 })).facts).toMatchObject({ verifyAt: 5, notBefore: 2 * SECOND });
  });
});

describe('the small steps', () => {
  test('join notes who speaks for the incident and sends nothing', async () => {
    const { run, stored, desk } = bench(
      anIncident({}, { spec: { cause: { kind: 'node', key: 'k', incident: 'node-n1-1' } } }),
    );
    await run({ kind: 'join', into: 'node-n1-1' });
    expect(stored()).toMatchObject({ phase: 'Folded', foldedInto: 'node-n1-1' });
    expect(desk.calls).toEqual([]);
  });

  test('observe notes the incident and nothing else', async () => {
    const { run, stored, desk } = bench();
    await run({ kind: 'observe' });
    expect(stored().phase).toBe('Observed');
    expect(desk.calls).toEqual([]);
  });

  test('observe leaves an incident alone that was filed meanwhile', async () => {
    const { run, stored, store } = bench();
    store.change('deployment-shop-1', { phase: 'Filed', ticketId: 'T1' });
    await run({ kind: 'observe' });
    expect(stored().phase).toBe('Filed');
  });

  test('fold leaves the failure to the Incident that goes on with it', async () => {
    const { run, stored, clock } = bench(anIncident({ comment: aComment('grown') }));
    await run({ kind: 'fold', into: 'shop-2' });
    expect(stored()).toEqual({
      phase: 'Folded',
      foldedInto: 'shop-2',
      recoveredAt: clock.now(),
      recovery: 'Incident shop-2 goes on with it',
    });
  });

  test('fold leaves an incident alone that is over by now', async () => {
    const { run, stored, store } = bench();
    store.change('deployment-shop-1', { recoveredAt: 7 });
    await run({ kind: 'fold', into: 'shop-2' });
    expect(stored()).toEqual({ phase: 'Pending', recoveredAt: 7 });
  });

  test('remove deletes the object', async () => {
    const { run, store, told } = bench(anIncident({ phase: 'Recovered' }));
    await run({ kind: 'remove' });
    expect(store.objects.size).toBe(0);
    expect(told).toEqual(['removed']);
  });

  test('an incident that was deleted meanwhile ends the step', async () => {
    const { run, store } = bench();
    store.objects.clear();
    await expect(run({ kind: 'adopt', ticket: aTicket('T1'), own: true })).rejects.toThrow(GoneError);
  });
});

test('a long row of failures waits at most five minutes for one incident and one for all', async () => {
  const { run, desk, context, clock } = bench();
  await clock.advance(10_000);
  let failures = 0;
  for (let time = 0; time < 20; time += 1) {
    desk.answerNext('create', { kind: 'notSent', error: 'refused' });
    ({ failures } = (await run({ kind: 'post' }, { failures })).facts);
  }
  desk.answerNext('create', { kind: 'notSent', error: 'refused' });
  const { facts } = await run({ kind: 'post' }, { failures });
  expect(facts.notBefore).toBe(10_000 + 5 * MINUTE);
  expect(context.circuitBreaker.blockedUntil).toBe(10_000 + MINUTE);
});
