import { afterEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { AttachmentStatus } from '../../src/domain/incident.ts';
import type { CallFailure } from '../../src/domain/ports.ts';
import { Outbox } from '../../src/outbox/index.ts';
import { settle } from '../support/fake-clock.ts';
import { aComment, anIncident, aTicket, createKit, type Kit } from './fixtures.ts';

const FILE = 'deployment-shop-1-app-previous.log';
const LOOKUP_DELAY_MS = 30 * SECOND;
const running: AbortController[] = [];

afterEach(() => {
  for (const stop of running.splice(0)) stop.abort();
});

const { name, spec } = anIncident();
const draft = {
  subject: 'It fails',
  description: 'It fails.',
  category: 'technical',
  severity: 'critical',
  environment: '{}',
  attachment: { name: FILE, bytes: 4, data: '' },
} as const;
const pending: AttachmentStatus = { name: FILE, state: 'Pending' };

async function run(kit: Kit): Promise<Outbox> {
  // As the real words say it when a ticket is filed.
  const texts = { ...kit.texts, atFiling: () => ({ attachment: pending }) };
  const outbox = new Outbox({ ...kit, texts });
  for (const incident of kit.store.objects.values()) kit.incidents.upsert(incident);
  const stop = new AbortController();
  running.push(stop);
  void outbox.run(stop.signal, stop.signal);
  await settle();
  return outbox;
}

/** A process that finds a filed ticket whose file is to be sent. */
async function resume(status: Parameters<typeof anIncident>[0] = {}, ticket = aTicket('T1')): Promise<Kit> {
  const filed = { phase: 'Filed', ticketId: 'T1', filedAt: 0, attachment: pending, ...status } as const;
  const kit = createKit([anIncident(filed, { spec: { ...spec, draft } })], [ticket]);
  await run(kit);
  return kit;
}

function attachmentIn({ store }: Kit): AttachmentStatus | undefined {
  return store.objects.get(name)?.status.attachment;
}

function attaches({ desk }: Kit): number {
  return desk.calls.filter((call) => call.startsWith('attach')).length;
}

describe('the file of a ticket', () => {
  test('follows the ticket at once, and the status says so', async () => {
    const kit = createKit();
    const outbox = await run(kit);
    await outbox.open({ name, spec: { ...spec, draft } }, Promise.resolve({ own: [], sameKey: [] }));
    await settle();
    expect(kit.desk.calls).toEqual(['create', 'get T1', 'attach T1']);
    expect(kit.desk.tickets.get('T1')?.attachments).toEqual([FILE]);
    expect(attachmentIn(kit)).toEqual({ name: FILE, state: 'Attached', ticketId: 'T1' });
    expect(kit.told).toEqual(['filed T1', `attached ${FILE}`]);
  });

  test('of another process is looked for only when the ticket must show it, and not sent again', async () => {
    const kit = await resume({}, aTicket('T1', { attachments: [FILE] }));
    expect(kit.desk.calls.filter((call) => call.startsWith('get'))).toEqual([]);
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(attachmentIn(kit)).toMatchObject({ state: 'Attached', ticketId: 'T1' });
    expect(attaches(kit)).toBe(0);
  });

  test('whose answer was lost is looked for before it is sent again', async () => {
    const kit = await resume();
    kit.desk.answerNext('attach', { kind: 'unknown', error: 'the answer was lost' });
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(attaches(kit)).toBe(1);
    await kit.clock.advance(LOOKUP_DELAY_MS - 1);
    expect(attaches(kit)).toBe(1);
    kit.desk.tickets.set('T1', aTicket('T1', { attachments: [FILE] }));
    await kit.clock.advance(MINUTE);
    expect(attaches(kit)).toBe(1);
    expect(attachmentIn(kit)).toMatchObject({ state: 'Attached' });
  });

  test.each([413, 415, 422])('that is refused with %i is noted and not tried again', async (status) => {
    const kit = await resume();
    const kind = status === 415 ? 'denied' : 'rejected';
    kit.desk.answerNext('attach', { kind, status, error: `${status}: no`, isApi: true } as CallFailure);
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(attachmentIn(kit)).toEqual({
      name: FILE,
      state: 'Refused',
      ticketId: 'T1',
      reason: `${status}: no`,
    });
    await kit.clock.advance(60 * MINUTE);
    expect(attaches(kit)).toBe(1);
    expect(kit.told.filter((line) => line.startsWith('blocked'))).toEqual([]);
  });

  test('that the API has no place for is given up after some tries', async () => {
    const kit = await resume();
    for (let n = 0; n < 20; n += 1)
      kit.desk.answerNext('attach', { kind: 'denied', status: 404, error: '404: Not Found', isApi: true });
    await kit.clock.advance(60 * MINUTE);
    expect(attaches(kit)).toBe(8);
    expect(attachmentIn(kit)).toMatchObject({ state: 'Refused', reason: '404: Not Found' });
  });

  test('holds up neither a ticket nor a comment', async () => {
    const kit = await resume();
    // It never gets an answer.
    kit.desk.answerNext('attach', () => new Promise(() => undefined));
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(attaches(kit)).toBe(1);
    const known = kit.store.objects.get(name);
    if (known === undefined) throw new Error('no Incident');
    kit.incidents.upsert({
      ...known,
      resourceVersion: '1000',
      status: { ...known.status, comment: aComment('worse') },
    });
    kit.store.objects.set(name, {
      ...known,
      resourceVersion: '1000',
      status: { ...known.status, comment: aComment('worse') },
    });
    await settle();
    expect(kit.told).toContain('commented worse');
  });

  test('of a closed ticket is left out; a ticket that cannot be read is asked again', async () => {
    const closed = await resume({}, aTicket('T1', { status: 'closed' }));
    await closed.clock.advance(LOOKUP_DELAY_MS);
    expect(attachmentIn(closed)).toMatchObject({ state: 'Dropped', reason: 'the ticket is closed' });
    const away = await resume();
    away.desk.tickets.clear();
    await away.clock.advance(60 * MINUTE);
    expect(attachmentIn(away)).toEqual(pending);
    away.desk.tickets.set('T1', aTicket('T1'));
    await away.clock.advance(5 * MINUTE);
    expect(attachmentIn(away)).toMatchObject({ state: 'Attached' });
  });

  test('goes to the ticket that is kept, where it was on a double', async () => {
    const kit = await resume({ attachment: { name: FILE, state: 'Attached', ticketId: 'T0' } });
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(kit.desk.tickets.get('T1')?.attachments).toEqual([FILE]);
    expect(attachmentIn(kit)).toEqual({ name: FILE, state: 'Attached', ticketId: 'T1' });
  });

  test('is left to a later release that calls its state otherwise', async () => {
    const kit = await resume({ attachment: { name: FILE, state: 'Scanning' } });
    await kit.clock.advance(60 * MINUTE);
    expect(kit.desk.calls.filter((call) => call.startsWith('get'))).toEqual([]);
  });

  test('whose draft was removed is left out', async () => {
    const kit = createKit(
      [anIncident({ phase: 'Filed', ticketId: 'T1', filedAt: 0, attachment: pending })],
      [aTicket('T1')],
    );
    await run(kit);
    await kit.clock.advance(LOOKUP_DELAY_MS);
    expect(attachmentIn(kit)).toMatchObject({ state: 'Dropped' });
  });
});
