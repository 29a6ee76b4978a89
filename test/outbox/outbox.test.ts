import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { LeaseLostError } from '../../src/incidents/index.ts';
import { Outbox } from '../../src/outbox/index.ts';
import { settle } from '../support/fake-clock.ts';
import { aComment, anIncident, aTicket, createKit, defaultOutboxOptions, type Kit } from './fixtures.ts';

const running: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];

afterEach(async () => {
  for (const { stop, done } of running.splice(0)) {
    stop.abort();
    await done;
  }
});

interface Run extends Kit {
  readonly outbox: Outbox;
  readonly stop: AbortController;
  readonly cut: AbortController;
  readonly done: Promise<void>;
}

async function start(...given: Parameters<typeof createKit>): Promise<Run> {
  const kit = createKit(...given);
  const outbox = new Outbox(kit);
  const [stop, cut] = [new AbortController(), new AbortController()];
  for (const incident of kit.store.objects.values()) kit.incidents.upsert(incident);
  const done = outbox.run(stop.signal, cut.signal);
  running.push({ stop, done });
  await settle();
  return Object.assign(kit, { outbox, stop, cut, done });
}

const { name, spec } = anIncident();

function numbered(n: number, over: Parameters<typeof anIncident>[1] = {}): Incident {
  return anIncident(
    {},
    { name: `shop-${n}`, uid: `u-${n}`, ...over, spec: { key: `key${n}`, ...over.spec } },
  );
}

/** A promise that a test resolves. */
function held<T>(): { readonly promise: Promise<T>; readonly give: (value: T) => void } {
  let give: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    give = resolve;
  });
  return { promise, give };
}

describe('the worker', () => {
  test('files a new incident at once', async () => {
    const { outbox, desk, store } = await start();
    const opened = await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    expect(opened.created).toBe(true);
    expect(desk.calls).toEqual(['create']);
    expect(store.objects.get(name)?.status).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(outbox.pending()).toEqual({ count: 0 });
  });

  test('waits for the list before it files what it finds at its start', async () => {
    const { desk, clock } = await start([anIncident()]);
    await clock.advance(30 * SECOND - 1);
    expect(desk.calls).toEqual([]);
    await clock.advance(1);
    expect(desk.calls).toEqual(['find k8s-key1', 'create']);
  });

  test('files nothing again that it finds filed, and looks for a double once', async () => {
    const { desk, clock } = await start([
      anIncident({ phase: 'Filed', ticketId: 'T1', filedAt: Date.UTC(2026, 10, 23) }),
    ]);
    await clock.advance(60 * MINUTE);
    expect(desk.calls).toEqual(['find k8s-key1']);
  });

  test('tells what waits, and since when', async () => {
    const { outbox } = await start([
      numbered(1, { spec: { openedAt: 300 } }),
      numbered(2, { spec: { openedAt: 200 } }),
    ]);
    expect(outbox.pending()).toEqual({ count: 2, oldestAt: 200 });
  });

  test('files the worse and older first, and comments last', async () => {
    const { desk, clock, store } = await start(
      [
        anIncident(
          { phase: 'Filed', ticketId: 'T0', comment: aComment('grown') },
          { name: 'talking', spec: { key: 'keyT', openedAt: 1, class: 'node' } },
        ),
        numbered(1, { spec: { openedAt: 100, class: 'probe' } }),
        numbered(2, { spec: { openedAt: 300, class: 'crash' } }),
        numbered(3, { spec: { openedAt: 200, class: 'crash' } }),
        numbered(4, { spec: { openedAt: 400, class: 'node' } }),
      ],
      [aTicket('T0', { subject: 'k8s-keyT' })],
      { maxConcurrent: 1 },
    );
    await clock.advance(31 * SECOND);
    const order = desk.calls.filter((call) => !call.startsWith('create'));
    expect(order).toEqual([
      'find k8s-key4',
      'find k8s-key3',
      'find k8s-key2',
      'find k8s-key1',
      'get T0',
      'comment T0',
    ]);
    expect(store.objects.get('shop-1')?.status.phase).toBe('Filed');
  });

  test('never does more at once than it may', async () => {
    const { desk, clock } = await start(
      [1, 2, 3].map((n) => numbered(n)),
      [],
      { maxConcurrent: 2 },
    );
    const [first, second] = [held<unknown>(), held<unknown>()];
    desk.answerNext('find', () => first.promise);
    desk.answerNext('find', () => second.promise);
    await clock.advance(30 * SECOND);
    expect(desk.calls).toEqual(['find k8s-key1', 'find k8s-key2']);
    first.give([]);
    await settle();
    expect(desk.calls).toContain('find k8s-key3');
    second.give([]);
  });

  test('asks a desk that is down with a few requests, however many incidents wait', async () => {
    const many = Array.from({ length: 50 }, (_none, n) => numbered(n));
    const { desk, clock, told } = await start(many, [], { maxConcurrent: 2 });
    for (let time = 0; time < 1_000; time += 1) desk.answerNext('find', new Error('refused'));
    await clock.advance(10 * MINUTE);
    expect(desk.calls.length).toBeLessThan(40);
    expect(told.filter((line) => line.startsWith('blocked'))).toHaveLength(1);
  });

  test('sends no more in any minute than it may, and does not look up before it may send', async () => {
    const many = Array.from({ length: 10 }, (_none, n) => numbered(n, { spec: { openedAt: n } }));
    const { desk, clock, told } = await start(many, [], { maxPerMinute: 4 });
    const seen: string[] = [];
    for (const wait of [30 * SECOND, MINUTE - 1, 1]) {
      await clock.advance(wait);
      seen.push(`${desk.requests.length} sent, ${desk.calls.length} calls`);
    }
    expect(seen).toEqual(['4 sent, 8 calls', '4 sent, 8 calls', '8 sent, 16 calls']);
    expect(told).toHaveLength(8);
  });

  test('keeps the rate while the list is down and tickets are sent without it, and tells of it once', async () => {
    const many = Array.from({ length: 100 }, (_none, n) => numbered(n));
    const { clock, desk, told } = await start(many, [], { maxPerMinute: 30 });
    for (let n = 0; n < 1_000; n += 1) desk.answerNext('find', new Error('500'));
    await clock.advance(11 * MINUTE);
    const perMinute: number[] = [];
    while (desk.requests.length < many.length && perMinute.length < 20) {
      const before = desk.requests.length;
      await clock.advance(MINUTE);
      perMinute.push(desk.requests.length - before);
    }
    expect(desk.requests).toHaveLength(many.length);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(31);
    expect(told.filter((line) => line.startsWith('blocked'))).toHaveLength(1);
    expect(told).not.toContain('unblocked');
  });

  test('lets one that fails again and again not hold up the others', async () => {
    const { desk, clock, store } = await start([numbered(1), numbered(2)], [], { maxConcurrent: 1 });
    desk.answerNext('find', []);
    desk.answerNext('create', { kind: 'notSent', error: '500 for this one' });
    await clock.advance(40 * SECOND);
    expect(store.objects.get('shop-2')?.status.phase).toBe('Filed');
    expect(store.objects.get('shop-1')?.status.phase).toBe('Filed');
  });

  test('tries again when the store fails, no faster than once a second', async () => {
    const over = anIncident({ phase: 'Recovered', recoveredAt: 0 });
    const { store, incidents, clock } = await start();
    store.failNext('delete', { isDone: false });
    incidents.upsert(over);
    await clock.advance(2 * SECOND - 1);
    expect(store.calls).toEqual(['delete']);
    await clock.advance(1);
    expect(store.calls).toEqual(['delete', 'delete']);
  });

  test('starts nothing without the Lease, and goes on when it has it again', async () => {
    const kit = await start([anIncident()]);
    kit.isLeading = false;
    await kit.clock.advance(5 * MINUTE);
    expect(kit.desk.calls).toEqual([]);
    kit.isLeading = true;
    await kit.clock.advance(SECOND);
    expect(kit.desk.calls).toEqual(['find k8s-key1', 'create']);
  });
});

test('a restored API server, whose versions are lower, keeps no comment from its ticket', async () => {
  const known = anIncident({ phase: 'Filed', ticketId: 'T1', filedAt: 0 }, { resourceVersion: '900000' });
  const { writer, store, desk, clock } = await start([known], [aTicket('T1')]);
  await clock.advance(10 * MINUTE);
  store.objects.set(name, { ...known, resourceVersion: '50' });
  const over = { phase: 'Recovered', recoveredAt: clock.now(), comment: aComment('recovered') } as const;
  await writer.update(known, () => over);
  await clock.advance(MINUTE);
  expect(desk.calls.filter((call) => call.startsWith('comment'))).toHaveLength(1);
  expect(store.objects.get(name)?.status.comment).toBeUndefined();
});

describe('an end in order', () => {
  test('starts nothing new and lets what is under way come to its end', async () => {
    const { outbox, incidents, desk, store, stop, done } = await start();
    const answer = held<unknown>();
    desk.answerNext('create', () => answer.promise);
    await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    incidents.upsert(numbered(2));
    stop.abort();
    await settle();
    answer.give({ kind: 'created', ticket: aTicket('T1') });
    await done;
    expect(store.objects.get(name)?.status).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
    expect(desk.calls).toEqual(['create']);
  });

  test.each([
    ['a ticket', anIncident(), 'create'],
    ['a comment', anIncident({ phase: 'Filed', ticketId: 'T1', comment: aComment('grown') }), 'comment'],
  ] as const)('writes nothing about %s that was cut off', async (_what, incident, call) => {
    const sent = held<unknown>();
    const kit = await start([incident], call === 'comment' ? [aTicket('T1')] : []);
    kit.desk.answerNext(call, () => sent.promise);
    await kit.clock.advance(30 * SECOND);
    expect(kit.desk.calls.at(-1)).toMatch(call);
    const writes = kit.store.calls.filter((name) => name === 'patchStatus').length;
    kit.isLeading = false;
    kit.stop.abort();
    kit.cut.abort(new Error('the Lease was lost'));
    // The ticket client returns what was cut off, and does not throw it.
    sent.give({ kind: 'unknown', error: 'This operation was aborted' });
    await kit.done;
    expect(kit.store.calls.filter((name) => name === 'patchStatus')).toHaveLength(writes);
    expect(kit.told).toEqual(['ended']);
  });

  test('writes no Incident that was decided on before the Lease was lost', async () => {
    const kit = await start();
    const { outbox, store } = kit;
    await outbox.open({ name, spec });
    await settle();
    const before = store.objects.get(name);
    // The process stood still in between: its timers have not told it yet that its term is over.
    kit.isLeading = false;
    await expect(outbox.open({ name: 'another', spec })).rejects.toThrow(LeaseLostError);
    expect(store.objects.get(name)).toBe(before);
    expect(store.objects.has('another')).toBe(false);
  });

  test('waits for the list again when it leads once more after a cut', async () => {
    const sent = held<unknown>();
    const { outbox, desk, clock, stop, cut, done } = await start([anIncident()]);
    desk.answerNext('create', () => sent.promise);
    await clock.advance(30 * SECOND);
    stop.abort();
    cut.abort(new Error('the Lease was lost'));
    sent.give({ kind: 'unknown', error: 'This operation was aborted' });
    await done;
    const next = new AbortController();
    running.push({ stop: next, done: outbox.run(next.signal, new AbortController().signal) });
    await clock.advance(30 * SECOND - 1);
    expect(desk.calls).toEqual(['find k8s-key1', 'create']);
    await clock.advance(1);
    expect(desk.calls).toEqual(['find k8s-key1', 'create', 'find k8s-key1', 'create']);
  });

  test('cuts what does not come to its end', async () => {
    const { outbox, desk, stop, cut, done, store } = await start();
    desk.answerNext(
      'create',
      () =>
        new Promise((_resolve, reject) => {
          cut.signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    stop.abort();
    cut.abort(new Error('cut'));
    await done;
    expect(store.objects.get(name)?.status).toEqual({ phase: 'Pending' });
  });

  test('waits for the list in the next term, whatever was known before', async () => {
    const kit = await start([anIncident()]);
    await kit.clock.advance(29 * SECOND);
    kit.stop.abort();
    await kit.done;
    const stop = new AbortController();
    running.push({ stop, done: kit.outbox.run(stop.signal, new AbortController().signal) });
    await kit.clock.advance(29 * SECOND);
    expect(kit.desk.calls).toEqual([]);
    await kit.clock.advance(SECOND);
    expect(kit.desk.calls).toEqual(['find k8s-key1', 'create']);
  });
});

describe('an Incident that is deleted by hand', () => {
  test('and opened anew waits until the work on the first has ended, and for the list', async () => {
    const { outbox, incidents, desk, store, clock } = await start();
    const answer = held<unknown>();
    desk.answerNext('create', () => answer.promise);
    const { incident } = await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    store.objects.delete(name);
    incidents.remove(incident);
    await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await clock.advance(40 * SECOND);
    expect(desk.calls).toEqual(['create']);
    const ticket = aTicket('T9', { uid: incident.uid });
    desk.tickets.set('T9', ticket);
    answer.give({ kind: 'created', ticket });
    await clock.advance(29 * SECOND);
    expect(desk.calls).toEqual(['create']);
    await clock.advance(SECOND);
    expect(store.objects.get(name)?.status).toMatchObject({ phase: 'Filed', ticketId: 'T9' });
    expect(desk.requests).toHaveLength(1);
  });
});

describe('two Incidents of one owner', () => {
  const twin = anIncident({}, { name: 'deployment-shop-2', uid: 'u-2' });

  test('are worked on one after the other, and get one ticket', async () => {
    const { desk, clock, store } = await start([anIncident(), twin], [], { maxConcurrent: 2 });
    await clock.advance(10 * MINUTE);
    expect(desk.requests).toHaveLength(1);
    expect(store.objects.get(name)?.status).toMatchObject({ phase: 'Folded', foldedInto: twin.name });
    expect(store.objects.get(twin.name)?.status).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
  });

  test('are never both sent, even if the second comes to light while the first is sent', async () => {
    const { outbox, desk, clock } = await start([], [], { maxConcurrent: 2 });
    const answer = held<unknown>();
    desk.answerNext('create', () => answer.promise);
    await outbox.open({ name: twin.name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    await outbox.open({ name, spec }, Promise.resolve({ own: [], sameKey: [] }));
    await clock.advance(MINUTE);
    answer.give({ kind: 'created', ticket: aTicket('T1') });
    await clock.advance(10 * MINUTE);
    expect(desk.requests).toHaveLength(1);
  });
});

describe('thousands of incidents that wait for a desk that is down', () => {
  // Thousands of turns of the event loop, on a machine that may be busy.
  jest.setTimeout(30_000);

  const classes = ['node', 'crash', 'probe'] as const;

  async function startMany(count: number, options: Parameters<typeof createKit>[2]): Promise<Run> {
    const { draft } = spec;
    if (draft === undefined) throw new Error('no draft');
    const many = Array.from({ length: count }, (_none, n) => {
      const large = { ...draft, environment: `${n}`.repeat(1_000) };
      return numbered(n, {
        spec: { key: `key${n}.`, draft: large, openedAt: n, class: classes[n % 3] ?? 'crash' },
      });
    });
    return start(many, [], options);
  }

  test('cost a request now and then, and few writes', async () => {
    const { outbox, desk, store, clock, told } = await startMany(5_000, { maxConcurrent: 2 });
    for (let time = 0; time < 1_000; time += 1) {
      desk.answerNext('find', new Error('refused'));
      desk.answerNext('create', { kind: 'notSent', error: 'refused' });
    }
    await clock.advance(6 * 60 * MINUTE);
    expect(outbox.pending().count).toBe(5_000);
    // Two at once, once a minute: a look-up, and the ticket without one when the list has failed for too long.
    expect(desk.calls.length).toBeLessThanOrEqual(4 * 6 * 60);
    // Each that was tried has noted the reason once, and read its draft for it.
    expect(store.calls.length).toBeLessThan(1_000);
    expect(told.filter((line) => line.startsWith('blocked'))).toHaveLength(1);
    // One for tickets and comments, one for files.
    expect(clock.sleeping).toBe(2);
  });

  test('are sent when it is back, the worse and older first, no faster than they may', async () => {
    const { outbox, desk, store, clock } = await startMany(1_500, { maxConcurrent: 1, maxPerMinute: 500 });
    desk.answerNext('find', new Error('refused'));
    const sent: number[] = [];
    while (outbox.pending().count > 0 && sent.length < 10) {
      await clock.advance(MINUTE);
      while (await isBusy(desk)) await settle();
      sent.push(desk.requests.length);
    }
    expect(sent).toEqual([500, 1_000, 1_500]);
    const order = desk.requests.map(({ marker }) => Number(/key(\d+)\./.exec(marker)?.[1]));
    const expected = Array.from({ length: 1_500 }, (_none, n) => n).toSorted(
      (left, right) => (left % 3) - (right % 3) || left - right,
    );
    // The one whose look-up was refused waits out its own back-off.
    expect(order.filter((n) => n !== 0)).toEqual(expected.filter((n) => n !== 0));
    expect(store.calls.filter((call) => call === 'patchStatus')).toHaveLength(1_500);
  });

  /** Something was asked since the last look. */
  async function isBusy(desk: Run['desk']): Promise<boolean> {
    const before = desk.calls.length;
    await settle(20);
    return desk.calls.length > before;
  }
});

describe('what cannot be worked on', () => {
  test('keeps nothing of the other queue waiting, however urgent it is', async () => {
    const recoveredAt = Date.UTC(2026, 10, 23, 3) + 30 * SECOND - defaultOutboxOptions.keepRecoveredMs;
    const key = { key: 'key1' };
    const { desk, clock, store } = await start(
      [
        anIncident({}, { name: 'first', uid: 'u-1', spec: key }),
        anIncident(
          { phase: 'Recovered', ticketId: 'T2', recoveredAt: 2_000, comment: aComment('recovered') },
          { name: 'same-owner', uid: 'u-2', createdAt: 500, spec: { ...key, openedAt: 10 } },
        ),
        anIncident(
          { phase: 'Recovered', ticketId: 'T3', recoveredAt },
          { name: 'over', uid: 'u-3', spec: { key: 'key3', openedAt: 20 } },
        ),
      ],
      [aTicket('T2', { uid: 'u-2' })],
    );
    const found = held<unknown>();
    desk.answerNext('find', () => found.promise);
    await clock.advance(30 * SECOND);
    expect(desk.calls).toEqual(['find k8s-key1']);
    expect([...store.objects.keys()]).toEqual(['first', 'same-owner']);
    found.give([]);
  });
});
