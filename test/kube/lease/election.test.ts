import { afterEach, describe, expect, test } from '@jest/globals';
import { Election } from '../../../src/kube/lease/election.ts';
import type { ElectionDurations } from '../../../src/kube/lease/election.ts';
import { createFakeClock, settle } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { createLeaseServer, shippedDurations } from './lease-server.ts';
import type { LeaseFault, LeaseServer } from './lease-server.ts';

interface Candidate {
  readonly election: Election;
  readonly story: readonly string[];
  /** The same, as it is reported for the log. */
  readonly told: readonly string[];
  /** What failed, in the order of the tries. */
  readonly failures: readonly unknown[];
  fault: LeaseFault | undefined;
  stop(): void;
  readonly ended: Promise<void>;
}

const running: Candidate[] = [];

afterEach(async () => {
  for (const candidate of running) candidate.stop();
  await Promise.all(running.splice(0).map((candidate) => candidate.ended));
});

function enter(
  server: LeaseServer,
  clock: FakeClock,
  { identity = 'a', durations = {} as Partial<ElectionDurations>, work = Promise.resolve() } = {},
): Candidate {
  const story: string[] = [];
  const told: string[] = [];
  const failures: unknown[] = [];
  const controller = new AbortController();
  const candidate = { fault: undefined as LeaseFault | undefined };
  const election = new Election({
    connection: server.connect(() => candidate.fault),
    namespace: 'ankra',
    name: 'agent',
    identity,
    clock,
    random: () => 0.5,
    durations: { ...shippedDurations, ...durations },
    onStarted: () => story.push('started'),
    onStopped: async (reason) => {
      story.push(reason);
      await work;
    },
    observer: (event) => {
      if (event.kind === 'call-failed') failures.push(event.error);
      else told.push(event.kind === 'stopped' ? event.reason : event.kind);
    },
  });
  const entered = Object.assign(candidate, {
    election,
    story,
    told,
    failures,
    stop: () => controller.abort(),
    ended: election.run(controller.signal),
  });
  running.push(entered);
  return entered;
}

function holder(server: LeaseServer): unknown {
  return server.lease?.spec['holderIdentity'];
}

describe('Election', () => {
  test('leads at once where there is no Lease, and renews without reading', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    expect(a.election.isLeader()).toBe(true);
    expect(a.story).toEqual(['started']);
    await clock.advance(15_000);
    expect(server.calls).toEqual(['GET', 'POST', 'PUT', 'PUT', 'PUT']);
    expect(server.lease?.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 30,
      leaseTransitions: 0,
    });
  });

  test('one leads, the other waits', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const [a, b] = [enter(server, clock, { identity: 'a' }), enter(server, clock, { identity: 'b' })];
    await clock.advance(10 * 60_000);
    expect([a, b].filter((one) => one.election.isLeader())).toHaveLength(1);
    expect([...a.story, ...b.story]).toEqual(['started']);
  });

  test('a standby takes over when the leader has been silent for the lease duration, not before', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock, { identity: 'a' });
    await settle();
    const b = enter(server, clock, { identity: 'b' });
    await clock.advance(10_000);
    a.fault = 'hangs';
    await clock.advance(29_900);
    expect(a.story).toEqual(['started', 'expired']);
    expect(b.election.isLeader()).toBe(false);
    await clock.advance(1_000);
    expect(b.election.isLeader()).toBe(true);
    expect(server.lease?.spec['leaseTransitions']).toBe(1);
  });

  test('clocks that differ by hours and jump do not matter', async () => {
    const server = createLeaseServer();
    const clock = createFakeClock();
    const a = enter(server, { ...clock, now: () => clock.now() - 5 * 3_600_000 }, { identity: 'a' });
    await settle();
    const b = enter(server, clock, { identity: 'b' });
    await clock.advance(60_000);
    clock.jump(24 * 3_600_000);
    await clock.advance(60_000);
    expect(a.story).toEqual(['started']);
    expect(b.story).toEqual([]);
  });

  test('gives the Lease up when stopped, after its work has ended, and a standby has it at once', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    let endWork = (): void => undefined;
    const work = new Promise<void>((resolve) => {
      endWork = resolve;
    });
    const a = enter(server, clock, { identity: 'a', work });
    await settle();
    const b = enter(server, clock, { identity: 'b' });
    await clock.advance(7_000);
    a.stop();
    await settle();
    expect(a.story).toEqual(['started', 'released']);
    // Work that is under way may still end as the leader's.
    expect(a.election.isLeader()).toBe(true);
    expect(holder(server)).toBe('a');
    endWork();
    await a.ended;
    expect(a.election.isLeader()).toBe(false);
    await settle(20);
    expect(b.election.isLeader()).toBe(true);
    expect(holder(server)).toBe('b');
  });

  test('a released Lease names nobody and runs out after a second', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    a.stop();
    await a.ended;
    expect(server.lease?.spec).toMatchObject({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
    });
  });

  test('releases although the Lease was changed by somebody meanwhile', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    server.write({});
    a.stop();
    await a.ended;
    expect(holder(server)).toBe('');
  });

  test('does not release what another holds by now', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    server.write({ holderIdentity: 'b' });
    a.stop();
    await a.ended;
    expect(holder(server)).toBe('b');
  });

  test('stops leading when another has taken the Lease', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    server.write({ holderIdentity: 'b', renewTime: 'x' });
    await clock.advance(5_000);
    expect(a.election.isLeader()).toBe(false);
    expect(a.story).toEqual(['started', 'taken']);
  });

  test('makes a deleted Lease anew and leads on', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    server.lease = undefined;
    await clock.advance(5_000);
    expect(holder(server)).toBe('a');
    expect(a.story).toEqual(['started']);
  });

  test.each<[string, LeaseFault]>([
    ['server errors', 500],
    ['time-outs', 'hangs'],
    ['refused rights', 403],
  ])('outlives %s shorter than the deadline', async (_, fault) => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    a.fault = fault;
    await clock.advance(14_000);
    a.fault = undefined;
    await clock.advance(60_000);
    expect(a.story).toEqual(['started']);
    expect(a.election.isLeader()).toBe(true);
  });

  test('stops before the lease ends when renewing fails for the deadline, and leads again later', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    a.fault = 500;
    await clock.advance(19_999);
    expect(a.story).toEqual(['started']);
    await clock.advance(2);
    expect(a.story).toEqual(['started', 'expired']);
    expect(a.election.isLeader()).toBe(false);
    a.fault = undefined;
    await clock.advance(10_000);
    expect(a.story).toEqual(['started', 'expired', 'started']);
    expect(a.told).toEqual(a.story);
  });

  test('reports each renewal that fails, and each look of a standby, with its error', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    const b = enter(server, clock, { identity: 'b' });
    await clock.advance(1_000);
    expect([a.failures, b.failures]).toEqual([[], []]);
    a.fault = 500;
    await clock.advance(10_000);
    expect(a.failures).toEqual(Array(2).fill(expect.objectContaining({ status: 500 })));
    expect(b.failures).toEqual([]);
    a.fault = undefined;
    b.fault = 403;
    await clock.advance(6_000);
    expect(b.failures).toEqual([expect.objectContaining({ status: 403 })]);
  });

  test('reports a Lease that it cannot give up, and ends', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    a.fault = 503;
    a.stop();
    await a.ended;
    expect(a.story).toEqual(['started', 'released']);
    expect(a.failures).toEqual([expect.objectContaining({ status: 503 })]);
    expect(holder(server)).toBe('a');
  });

  test('a renewal whose answer was lost is recognised as its own', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    await settle();
    a.fault = 'answer lost';
    await clock.advance(5_000);
    a.fault = undefined;
    await clock.advance(5_000);
    expect(a.story).toEqual(['started']);
    expect(server.calls.slice(2)).toEqual(['PUT', 'PUT', 'GET', 'PUT']);
  });

  test('a creation whose answer was lost is recognised as its own', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const a = enter(server, clock);
    a.fault = 'answer lost';
    await settle();
    expect(a.story).toEqual([]);
    a.fault = undefined;
    await clock.advance(6_000);
    expect(a.story).toEqual(['started']);
  });

  test('knows that its time is over before any timer fires', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    let frozenMs = 0;
    const a = enter(server, { ...clock, monotonic: () => clock.monotonic() + frozenMs });
    await settle();
    frozenMs = 20_000;
    expect(a.election.isLeader()).toBe(true);
    frozenMs = 20_001;
    expect(a.election.isLeader()).toBe(false);
    const before = server.calls.length;
    await clock.advance(5_000);
    expect(a.story.slice(0, 2)).toEqual(['started', 'expired']);
    expect(server.calls[before]).toBe('GET');
  });

  test('counts the time of a renewal from the start of its request', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    let lateMs = 0;
    const slow = server.connect();
    const connection = {
      ...slow,
      json: async <T>(request: Parameters<typeof slow.json>[0]): Promise<T> => {
        const answer = await slow.json<T>(request);
        if (request.method === 'POST') lateMs = 4_000;
        return answer;
      },
    };
    const late = { ...clock, monotonic: () => clock.monotonic() + lateMs };
    const a = enter({ ...server, connect: () => connection }, late);
    await settle();
    expect(a.election.isLeader()).toBe(true);
    lateMs = 20_001;
    expect(a.election.isLeader()).toBe(false);
  });

  test('stopping a standby ends it at once and leaves the Lease alone', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    enter(server, clock, { identity: 'a' });
    await settle();
    const b = enter(server, clock, { identity: 'b' });
    await clock.advance(2_000);
    b.stop();
    await b.ended;
    expect(b.story).toEqual([]);
    expect(holder(server)).toBe('a');
  });

  test('without a watch a standby still looks at every retry', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    server.write({ holderIdentity: 'x', leaseDurationSeconds: 30 });
    const blind = {
      ...server,
      connect: () => ({ ...server.connect(), stream: () => Promise.reject(new Error('refused')) }),
    };
    const b = enter(blind, clock, { identity: 'b' });
    await clock.advance(1_000);
    server.write({ holderIdentity: '' });
    await clock.advance(6_000);
    expect(b.election.isLeader()).toBe(true);
  });

  test('gives a call five seconds, and a renewal no more than is left of its time', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const timeouts: (number | undefined)[] = [];
    const plain = server.connect();
    const connection = {
      ...plain,
      json: <T>(request: Parameters<typeof plain.json>[0]): Promise<T> => {
        timeouts.push(request.timeoutMs);
        return plain.json<T>(request);
      },
    };
    const a = enter({ ...server, connect: () => connection }, clock, {
      durations: { renewDeadlineMs: 7_000 },
    });
    await clock.advance(5_000);
    expect(timeouts).toEqual([5_000, 5_000, 2_000]);
    a.stop();
    await a.ended;
    expect(timeouts).toEqual([5_000, 5_000, 2_000, 5_000]);
  });

  test('a standby looks after each retry with its jitter, and the moment the Lease runs out', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    server.write({ holderIdentity: 'x', leaseDurationSeconds: 12 });
    const b = enter(server, clock, { identity: 'b' });
    const looks: number[] = [];
    for (let second = 0; second <= 12_000; second += 500) {
      if (server.calls.length > looks.length) looks.push(second);
      await clock.advance(500);
    }
    expect(looks).toEqual([500, 5_500, 11_000, 12_000]);
    expect(b.story).toEqual(['started']);
  });

  test('a Lease that is free and cannot be had is looked at once a second at most', async () => {
    const [server, clock] = [createLeaseServer(), createFakeClock()];
    const b = enter(server, clock, { identity: 'b' });
    b.fault = 409;
    await settle();
    server.write({ holderIdentity: '' });
    const before = server.calls.length;
    for (let n = 0; n < 50; n += 1) {
      server.write({ holderIdentity: '', renewTime: `2026-11-23T03:00:${n}.000000Z` });
      await clock.advance(100);
    }
    expect(server.calls.length - before).toBeLessThanOrEqual(10);
  });

  test.each([
    [{ leaseMs: 20_000 }],
    [{ renewDeadlineMs: 6_000 }],
    [{ retryPeriodMs: 0 }],
    [{ leaseMs: 10_000, renewDeadlineMs: 10_000 }],
  ])('refuses durations that cannot work: %j', (durations) => {
    expect(() => enter(createLeaseServer(), createFakeClock(), { durations })).toThrow(RangeError);
  });
});
