import { beforeEach, expect, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import type { KubeConnection, KubeRequest } from '../../src/kube/connection/index.ts';
import { Leadership } from '../../src/agent/leadership.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const lease = { name: 'agent', duration: 30 * SECOND, renewDeadline: 20 * SECOND, retryPeriod: 5 * SECOND };
const metrics = new Metrics('1');

let clock: FakeClock;
let lines: Record<string, unknown>[];
let writes: unknown[];
let isDown: boolean;
let failures: unknown[];
let work: (stop: AbortSignal, cut: AbortSignal) => Promise<void>;
let leadership: Leadership;

/** An API server with one Lease that nobody else wants. */
const connection = {
  json: async ({ method = 'GET', body }: KubeRequest) => {
    if (isDown) throw new Error('down');
    if (method !== 'GET') writes.push((body as { spec: { holderIdentity: string } }).spec.holderIdentity);
    return body ?? { metadata: { name: 'agent', resourceVersion: '1' }, spec: { holderIdentity: '' } };
  },
  stream: async () => {
    throw new Error('no watch');
  },
} as unknown as KubeConnection;

function end(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

beforeEach(() => {
  clock = createFakeClock();
  [lines, writes, isDown, failures] = [[], [], false, []];
  leadership = new Leadership({
    connection,
    clock,
    random: () => 0,
    log: createLogger({
      level: 'debug',
      version: '1',
      redact: (text) => text,
      destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    }),
    metrics,
    namespace: 'agent',
    identity: 'pod-1',
    lease,
    onFailed: (error) => void failures.push(error),
  });
});

async function leads(): Promise<number> {
  return (await metrics.leader.get()).values[0]?.value ?? -1;
}

test('leads as soon as the Lease is its own, and the work may begin at once', async () => {
  let mayWork: boolean | undefined;
  work = (stop) => {
    mayWork = leadership.isLeader();
    return end(stop);
  };
  expect(leadership.isLeader()).toBe(false);
  leadership.start(work);
  await clock.advance(SECOND);
  expect(mayWork).toBe(true);
  expect(await leads()).toBe(1);
  const stopped = leadership.stop();
  await clock.advance(0);
  await stopped;
  expect(leadership.isLeader()).toBe(false);
  expect(await leads()).toBe(0);
  expect(writes.at(-1)).toBe('');
});

test('a stop lets what is in flight come to its end as leader, before the Lease is given up', async () => {
  let finish = (): void => undefined;
  let wasCut: boolean | undefined;
  work = (_stop, cut) =>
    new Promise((resolve) => {
      finish = () => {
        wasCut = cut.aborted;
        resolve();
      };
    });
  leadership.start(work);
  await clock.advance(SECOND);
  const stopped = leadership.stop();
  await clock.advance(9 * SECOND);
  expect(leadership.isLeader()).toBe(true);
  expect(writes).not.toContain('');
  finish();
  await clock.advance(0);
  await stopped;
  expect([wasCut, writes.at(-1)]).toEqual([false, '']);
});

test('what does not end is cut off after the grace period', async () => {
  work = (_stop, cut) => end(cut);
  leadership.start(work);
  await clock.advance(SECOND);
  const stopped = leadership.stop();
  await clock.advance(10 * SECOND);
  await stopped;
  expect(writes.at(-1)).toBe('');
  expect(clock.sleeping).toBe(0);
});

test('a Lease that cannot be renewed ends everything at once, and can be won again', async () => {
  let terms = 0;
  const cutAt: number[] = [];
  work = (_stop, cut) => {
    terms += 1;
    cut.addEventListener('abort', () => cutAt.push(clock.monotonic()));
    return end(cut);
  };
  leadership.start(work);
  await clock.advance(SECOND);
  isDown = true;
  const begunAt = clock.monotonic();
  await clock.advance(lease.renewDeadline + SECOND);
  // Not with the grace period, which has begun by then.
  expect(cutAt[0]).toBeLessThanOrEqual(begunAt + lease.renewDeadline);
  expect([leadership.isLeader(), await leads()]).toEqual([false, 0]);
  const told = lines.filter(({ msg }) => String(msg).startsWith('the Lease cannot'));
  expect(told.filter(({ level }) => level === 'warn')).toHaveLength(1);
  isDown = false;
  await clock.advance(lease.duration + lease.retryPeriod);
  expect([leadership.isLeader(), terms]).toEqual([true, 2]);
  const stopped = leadership.stop();
  await clock.advance(10 * SECOND);
  await stopped;
});

test('a stop before the start leads nowhere', async () => {
  work = () => Promise.reject(new Error('must not work'));
  await leadership.stop();
  leadership.start(work);
  await clock.advance(SECOND);
  expect(leadership.isLeader()).toBe(false);
  expect(writes).toEqual([]);
});

test('work that fails is told at once: nobody else would notice that a leader does nothing', async () => {
  const defect = new Error('a defect');
  work = () => Promise.reject(defect);
  leadership.start(work);
  await clock.advance(SECOND);
  expect(failures).toEqual([defect]);
  const stopped = leadership.stop();
  await clock.advance(0);
  await stopped;
});
