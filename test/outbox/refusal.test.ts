import { afterEach, describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { CallFailure } from '../../src/domain/ports.ts';
import type { TicketRequest } from '../../src/domain/ticket.ts';
import { Outbox } from '../../src/outbox/index.ts';
import type { FilingFacts } from '../../src/outbox/next-step.ts';
import { bench } from './bench.ts';
import { aComment, anIncident, aTicket, createKit, type Kit } from './fixtures.ts';

/**
 * What users of alerting and logging agents reported: a firewall answers 403 with a page of its own because of a word in the text
 * (aws-waf-security-automations#79, sourcegraph#17891), or with an empty body; one request that is refused for ever holds up the queue
 * behind it (datadog-agent#1119, orleans#2983); a 403 gives up what only a token was wrong for (alertmanager#3727); a gateway whose
 * backend is being exchanged answers 404 (ingress-nginx#1551, #3888).
 */
const firewall: CallFailure = { kind: 'denied', status: 403, isApi: false, error: '403: no reason given' };
const forbidden: CallFailure = { kind: 'denied', status: 403, isApi: true, error: '403: not allowed' };
const noBackend: CallFailure = { kind: 'denied', status: 404, isApi: false, error: '404: no reason given' };
const broken: CallFailure = { kind: 'unknown', error: '500: server error' };

const running: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];

afterEach(async () => {
  for (const { stop, done } of running.splice(0)) {
    stop.abort();
    await done;
  }
});

interface Run extends Kit {
  readonly outbox: Outbox;
  /** Phases by workload. */
  readonly phases: () => Readonly<Record<string, string>>;
  /** The sizes in which tickets of this workload were sent. */
  readonly sizes: (workload: string) => readonly unknown[];
}

/** A workload that fails. */
function failing(workload: string, openedAt = 1_000): Incident {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'prod', name: workload, uid: 'o' };
  return anIncident(
    {},
    { name: workload, uid: `u-${workload}`, spec: { key: `key-${workload}`, target, openedAt } },
  );
}

/** An outbox whose new tickets pass `refuse` before they reach the desk. */
function run(
  incidents: readonly Incident[],
  refuse: (request: TicketRequest) => CallFailure | undefined,
): Run {
  const kit = createKit(incidents, [], { maxConcurrent: 1 });
  const sent: TicketRequest[] = [];
  const create: Kit['desk']['create'] = (request, signal) => {
    sent.push(request);
    const failure = refuse(request);
    return failure === undefined ? kit.desk.create(request, signal) : Promise.resolve(failure);
  };
  const outbox = new Outbox({ ...kit, ticketApi: { ...kit.desk, create } });
  for (const incident of incidents) kit.incidents.upsert(incident);
  const stop = new AbortController();
  running.push({ stop, done: outbox.run(stop.signal, new AbortController().signal) });
  return Object.assign(kit, {
    outbox,
    phases: () =>
      Object.fromEntries([...kit.store.objects.values()].map(({ name, status }) => [name, status.phase])),
    sizes: (workload: string) =>
      sent
        .filter(({ subject }) => subject.includes(workload))
        .map(({ environment }) => environment['shrink']),
  });
}

const isOf = (request: TicketRequest, workload: string): boolean => request.subject.includes(`-${workload}-`);
const isWhole = ({ environment }: TicketRequest): boolean => environment['shrink'] === 0;

describe('a ticket that a firewall refuses', () => {
  test('is filed smaller, and holds up nobody', async () => {
    const { clock, phases, sizes, told } = run([failing('poison'), failing('shop', 2_000)], (request) =>
      isOf(request, 'poison') && isWhole(request) ? firewall : undefined,
    );
    await clock.advance(31 * SECOND);
    expect(phases()).toMatchObject({ shop: 'Filed' });
    await clock.advance(4 * SECOND);
    expect(phases()).toEqual({ poison: 'Filed', shop: 'Filed' });
    expect(sizes('poison')).toEqual([0, 1]);
    expect(told.filter((line) => line.startsWith('filed'))).toEqual([
      'filed T1',
      'filed T2 in part: 403: no reason given',
    ]);
    expect(told.filter((line) => line.startsWith('blocked'))).toEqual([]);
  });

  test('in all its forms is rejected once another write was accepted, and holds up nobody', async () => {
    const { clock, outbox, phases, sizes, told } = run([failing('poison')], (request) =>
      isOf(request, 'poison') ? firewall : undefined,
    );
    await clock.advance(50 * SECOND);
    expect(phases()).toEqual({ poison: 'Pending' });
    for (const workload of ['a', 'b', 'c']) {
      await outbox.open(failing(workload), Promise.resolve({ own: [], sameKey: [] }));
      await clock.advance(0);
      expect(phases()).toMatchObject({ [workload]: 'Filed' });
      await clock.advance(10 * SECOND);
    }
    await clock.advance(2 * MINUTE);
    expect(phases()).toMatchObject({ poison: 'Rejected' });
    expect(new Set(sizes('poison'))).toEqual(new Set([0, 1, 2]));
    expect(told).toContain('rejected 403: no reason given');
    expect(told.at(-1)).not.toMatch(/^blocked/);
  });

  test('is rejected within half an hour if nothing else is written, and nothing is blocked then', async () => {
    const { clock, phases, told } = run([failing('poison')], () => firewall);
    await clock.advance(10 * MINUTE);
    expect(phases()).toEqual({ poison: 'Pending' });
    expect(told.filter((line) => /^(?:un)?blocked/.test(line))).toEqual(['blocked 403: no reason given']);
    // Waits between two tries are up to five minutes long, and the smallest form is the third.
    await clock.advance(20 * MINUTE);
    expect(phases()).toEqual({ poison: 'Rejected' });
    expect(told.filter((line) => /^(?:un)?blocked/.test(line))).toEqual([
      'blocked 403: no reason given',
      'unblocked',
    ]);
  });

  test('with all others is not rejected, however long: that is no text', async () => {
    let isShut = true;
    const { clock, phases, desk, told } = run([failing('a'), failing('b'), failing('c')], () =>
      isShut ? firewall : undefined,
    );
    await clock.advance(HOUR);
    expect(phases()).toEqual({ a: 'Pending', b: 'Pending', c: 'Pending' });
    expect(told.filter((line) => line.startsWith('blocked'))).toHaveLength(1);
    isShut = false;
    await clock.advance(15 * MINUTE);
    expect(phases()).toEqual({ a: 'Filed', b: 'Filed', c: 'Filed' });
    // What the firewall held back for so long is told whole, most of it at least.
    expect(desk.requests.some(isWhole)).toBe(true);
    expect(told.at(-1)).toMatch(/^filed|^unblocked/);
    expect(told).toContain('unblocked');
  });
});

describe('a ticket that the API refuses with 403', () => {
  test('waits for as long as no write is accepted: its token may read and not write', async () => {
    let mayWrite = false;
    const { clock, phases, desk, told } = run([failing('shop')], () => (mayWrite ? undefined : forbidden));
    await clock.advance(5 * HOUR);
    expect(phases()).toEqual({ shop: 'Pending' });
    expect(told.filter((line) => line.startsWith('blocked'))).toEqual(['blocked 403: not allowed']);
    mayWrite = true;
    await clock.advance(20 * MINUTE);
    expect(phases()).toEqual({ shop: 'Filed' });
    expect(desk.requests).toHaveLength(1);
    const [accepted] = desk.requests;
    expect(accepted?.environment).toEqual({ shrink: 1 });
    expect(told.at(-1)).toBe('filed T1 in part: 403: not allowed');
    expect(told).toContain('unblocked');
  });

  test('is rejected when others are accepted all the while', async () => {
    const { clock, outbox, phases } = run([failing('poison')], (request) =>
      isOf(request, 'poison') ? forbidden : undefined,
    );
    await clock.advance(MINUTE);
    await outbox.open(failing('shop'), Promise.resolve({ own: [], sameKey: [] }));
    await clock.advance(10 * MINUTE);
    expect(phases()).toEqual({ poison: 'Rejected', shop: 'Filed' });
  });

  test('costs a hundred that wait a few requests', async () => {
    const many = Array.from({ length: 100 }, (_none, index) => failing(`shop-${index}`));
    let sent = 0;
    const { clock } = run(many, () => {
      sent += 1;
      return forbidden;
    });
    await clock.advance(30 * SECOND + HOUR);
    expect(sent).toBeLessThan(30);
  });
});

describe('a refusal', () => {
  const post = { kind: 'post' } as const;

  test('is looked into by a read at once; when that is refused as well, it concerns all', async () => {
    const { run: step, desk, context, stored } = bench();
    desk.answerNext('create', firewall);
    desk.answerNext('find', Object.assign(new Error('403'), { kind: 'paused' }));
    const { facts } = await step(post, { shrink: 1 });
    expect(desk.calls).toEqual(['create', 'find k8s-key1']);
    expect(facts).toMatchObject({ shrink: 1, failures: 1 });
    expect(facts.failing).toBeUndefined();
    expect(context.circuitBreaker.blockedUntil).toBe(30 * SECOND);
    expect(stored().phase).toBe('Pending');
  });

  test('with 404 is none: it waits, as long as it takes, and is sent whole', async () => {
    let isDeployed = false;
    const { clock, phases, sizes, desk } = run([failing('shop')], () => (isDeployed ? undefined : noBackend));
    await clock.advance(2 * HOUR);
    expect(phases()).toEqual({ shop: 'Pending' });
    isDeployed = true;
    await clock.advance(10 * MINUTE);
    expect(phases()).toEqual({ shop: 'Filed' });
    expect(new Set(sizes('shop'))).toEqual(new Set([0]));
    expect(desk.tickets.size).toBe(1);
  });

  test('of a size is made smaller, and says that the API works', async () => {
    const { run: step, desk, context } = bench();
    desk.answerNext('create', { kind: 'rejected', status: 413, error: '413: too large' });
    expect((await step(post)).facts).toMatchObject({ shrink: 1 });
    expect(context.circuitBreaker.blockedUntil).toBe(0);
  });
});

describe('a ticket at which the API fails', () => {
  test('does not hold up the others for good, and gets smaller while they are accepted', async () => {
    const { clock, outbox, phases, sizes, told } = run([failing('poison')], (request) =>
      isOf(request, 'poison') && isWhole(request) ? broken : undefined,
    );
    await clock.advance(MINUTE);
    for (let n = 0; n < 20; n += 1) {
      await outbox.open(failing(`shop-${n}`), Promise.resolve({ own: [], sameKey: [] }));
      await clock.advance(MINUTE);
      expect(phases()).toMatchObject({ [`shop-${n}`]: 'Filed' });
    }
    expect(phases()).toMatchObject({ poison: 'Filed' });
    expect(sizes('poison').at(-1)).toBe(1);
    expect(told.filter((line) => line.startsWith('blocked')).length).toBeLessThan(3);
  });

  test('blocks all as long as nothing else is accepted', async () => {
    const { run: step, desk, context } = bench();
    desk.answerNext('create', broken);
    await step({ kind: 'post' });
    expect(context.circuitBreaker.blockedUntil).toBe(2 * SECOND);
  });
});

describe('a comment', () => {
  const say = { kind: 'comment' } as const;
  const talking = (kind: Parameters<typeof aComment>[0]): Incident =>
    anIncident({
      phase: kind === 'recovered' ? 'Recovered' : 'Filed',
      ticketId: 'T1',
      filedAt: 1,
      comment: aComment(kind),
    });

  test('that a firewall refuses is said with fewer words', async () => {
    const { run: step, desk, stored, told } = bench(talking('grown'), [aTicket('T1')]);
    desk.answerNext('comment', firewall);
    const { facts } = await step(say);
    await step(say, facts);
    expect(desk.bodies).toEqual(['grown [c-grown]', 'grown 1 [c-grown]']);
    expect(stored().comment).toBeUndefined();
    expect(told).toEqual(['failed comment denied', 'commented grown']);
  });

  test('waits while its ticket is not found, and is said when the API is back', async () => {
    const { run: step, desk, stored, clock } = bench(talking('recovered'), [aTicket('T1')]);
    let facts: FilingFacts | undefined;
    for (let n = 0; n < 10; n += 1) {
      desk.answerNext('get', () => Promise.resolve(undefined));
      ({ facts } = await step(say, facts));
      expect(stored().comment?.kind).toBe('recovered');
      await clock.advance(10 * MINUTE);
    }
    await step(say, facts);
    expect(desk.tickets.get('T1')?.comments).toHaveLength(1);
    expect(stored().comment).toBeUndefined();
  });

  test('is dropped once the API has said for as long as its list may lag that there is no such ticket, nor in the list', async () => {
    const { run: step, stored, clock, told } = bench(talking('recovered'));
    let { facts } = await step(say);
    await clock.advance(30 * SECOND - 1);
    ({ facts } = await step(say, facts));
    expect(stored().comment?.kind).toBe('recovered');
    await clock.advance(1);
    ({ facts } = await step(say, facts));
    expect(stored().comment).toBeUndefined();
    expect(told.at(-1)).toBe('dropped recovered');
    expect(facts.missingSince).toBeUndefined();
  });

  test('does not count what was not found before it was there again', async () => {
    const { run: step, desk, stored, clock } = bench(talking('recovered'), [aTicket('T1')]);
    desk.answerNext('get', () => Promise.resolve(undefined));
    let { facts } = await step(say);
    await clock.advance(MINUTE);
    desk.answerNext('comment', { kind: 'notSent', error: '429' });
    ({ facts } = await step(say, facts));
    desk.tickets.delete('T1');
    ({ facts } = await step(say, facts));
    expect(stored().comment?.kind).toBe('recovered');
  });

  test('whose ticket cannot be looked for says nothing about it', async () => {
    const { run: step, desk, stored, clock, context } = bench(talking('recovered'));
    const { facts } = await step(say);
    await clock.advance(HOUR);
    desk.answerNext('find', Object.assign(new Error('404'), { kind: 'paused' }));
    await step(say, facts);
    expect(stored().comment?.kind).toBe('recovered');
    expect(context.circuitBreaker.blockedUntil).toBeGreaterThan(HOUR);
  });

  test('that is not taken, as its path is not found, waits and blocks nobody', async () => {
    const { run: step, desk, stored, context } = bench(talking('grown'), [aTicket('T1')]);
    let facts: FilingFacts | undefined;
    for (let n = 0; n < 5; n += 1) {
      desk.answerNext('comment', noBackend);
      ({ facts } = await step(say, facts));
    }
    expect(stored().comment?.kind).toBe('grown');
    expect(context.circuitBreaker.blockedUntil).toBe(0);
    await step(say, facts);
    expect(desk.bodies.at(-1)).toBe('grown [c-grown]');
    expect(stored().comment).toBeUndefined();
  });

  test('with a close: the close waits as well, and no comment is said twice', async () => {
    const {
      run: step,
      desk,
      stored,
    } = bench(talking('recovered'), [aTicket('T1')], {
      closeRecovered: true,
    });
    desk.answerNext('close', noBackend);
    const { facts } = await step(say);
    expect(stored().comment).toBeDefined();
    await step(say, facts);
    expect(desk.tickets.get('T1')).toMatchObject({ status: 'closed', comments: [{ id: 'c' }] });
    expect(stored().comment).toBeUndefined();
  });
});

describe('a double', () => {
  const verify = { kind: 'verify' } as const;
  const two = [aTicket('T1', { createdAt: 1 }), aTicket('T2', { createdAt: 2 })] as const;
  const filed = anIncident({ phase: 'Filed', ticketId: 'T1' });

  test('that is not found for a moment is withdrawn later', async () => {
    const { run: step, desk } = bench(filed, two);
    desk.answerNext('get', () => Promise.resolve(undefined));
    const { facts } = await step(verify, { verifyAt: 5 });
    expect(facts.verifyAt).toBe(5);
    await step(verify, facts);
    expect(desk.tickets.get('T2')?.status).toBe('closed');
  });

  test('that only the list still has keeps nothing waiting for ever', async () => {
    const { run: step, desk, clock } = bench(filed, two);
    const gone = (): Promise<undefined> => Promise.resolve(undefined);
    desk.answerNext('get', gone);
    const { facts } = await step(verify, { verifyAt: 5 });
    await clock.advance(10 * MINUTE);
    desk.answerNext('get', gone);
    expect((await step(verify, facts)).facts.verifyAt).toBeUndefined();
  });
});

test('a ticket that is not found for a moment does not say that nothing has recovered', async () => {
  const told = aTicket('T1', { description: 'It has recovered.' });
  const { run: step, desk, stored } = bench(anIncident({ recoveredAt: 9 }), [told]);
  desk.answerNext('get', () => Promise.resolve(undefined));
  const adopt = { kind: 'adopt', ticket: told, own: true } as const;
  const { facts } = await step(adopt, { matches: { own: [told], sameKey: [] } });
  expect(stored().phase).toBe('Pending');
  await step(adopt, facts);
  expect(stored()).toMatchObject({ phase: 'Recovered', recoveredAt: 9 });
});

describe('the circuit breaker after a lost answer', () => {
  const lost: CallFailure = { kind: 'unknown', error: 'timeout' };

  test('closes when the ticket is found, without another write', async () => {
    const { run: step, desk, told, context, clock } = bench(anIncident(), [aTicket('T1')]);
    desk.answerNext('create', lost);
    await step({ kind: 'post' });
    expect(told.at(-1)).toBe('blocked timeout');
    await clock.advance(30 * SECOND);
    await step({ kind: 'searchTickets' });
    expect(told.at(-1)).toBe('unblocked');
    expect(context.circuitBreaker.blockedUntil).toBe(0);
  });

  test('stays open while nothing is found', async () => {
    const { run: step, desk, told, clock } = bench();
    desk.answerNext('create', lost);
    await step({ kind: 'post' });
    await clock.advance(30 * SECOND);
    await step({ kind: 'searchTickets' });
    expect(told.at(-1)).toBe('blocked timeout');
  });

  test('closes when the comment is found on its ticket', async () => {
    const talking = anIncident({ phase: 'Filed', ticketId: 'T1', comment: aComment('grown') });
    const said = aTicket('T1', { comments: [{ id: 'c', body: 'grown [c-grown]' }] });
    const { run: step, desk, told, clock } = bench(talking, [aTicket('T1')]);
    desk.answerNext('comment', lost);
    await step({ kind: 'comment' });
    desk.tickets.set('T1', said);
    await clock.advance(30 * SECOND);
    await step({ kind: 'comment' });
    expect(told.at(-1)).toBe('unblocked');
    expect(desk.bodies).toHaveLength(1);
  });
});
