import { describe, expect, test } from '@jest/globals';
import { remarksOn, untilCurrent, whyUnready } from '../../src/agent/readiness.ts';
import type { StaleWatch, Watches } from '../../src/watch/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

type Handle = Watches['handles'][number];
type Watched = Pick<Watches, 'synced' | 'outOfReach' | 'handles' | 'stale'>;

const pods = { name: 'pods', kind: 'Pod', path: '/api/v1/pods' };
const cronJobs = { name: 'cronjobs', kind: 'CronJob', path: '/apis/batch/v1/cronjobs' };
const incidents = { name: 'incidents', kind: 'Incident', path: '/incidents' };

function aHandle(resource: object, status: object = {}): Handle {
  return { resource, status: { synced: true, isCurrent: true, lastProvenAgeMs: 0, ...status } } as Handle;
}

function watched(given: Partial<Watched>): Watched {
  return { synced: true, outOfReach: () => undefined, handles: [], stale: () => [], ...given };
}

function aStale(resource: object, since: number): StaleWatch {
  return { resource, since, reason: 'server-error' } as StaleWatch;
}

const startAt = Date.UTC(2026, 10, 29, 12);

describe('readiness', () => {
  test('names a required kind that is not current, since when and why', async () => {
    const clock = createFakeClock(startAt);
    await clock.advance(60_000);
    const stale = (): readonly StaleWatch[] => [aStale(pods, 15_000)];
    expect(whyUnready(watched({ stale }), clock)).toBe(
      'not current: pods (/api/v1/pods) since 2026-11-29T12:00:15.000Z: server-error',
    );
  });

  test('is not lost for any other kind, but that is said', async () => {
    const clock = createFakeClock(startAt);
    await clock.advance(60_000);
    const watches = watched({ stale: () => [aStale(cronJobs, 15_000)] });
    expect(whyUnready(watches, clock)).toBeUndefined();
    expect(remarksOn(watches, clock)).toEqual([
      'not current, and nothing is concluded from it: cronjobs (/apis/batch/v1/cronjobs) since 2026-11-29T12:00:15.000Z: server-error',
    ]);
  });

  test('at the start names what has not been listed', () => {
    const handles = [
      aHandle(pods, { synced: false }),
      aHandle(cronJobs),
      aHandle(incidents, { synced: false }),
    ];
    const watches = watched({ synced: false, handles, stale: () => [aStale(pods, 0)] });
    expect(whyUnready(watches, createFakeClock(startAt))).toBe(
      'not listed yet: pods, incidents; pods (/api/v1/pods) since 2026-11-29T12:00:00.000Z: server-error',
    );
  });

  test('a namespace of a list that is not current leaves the agent ready', () => {
    const stale = (): readonly StaleWatch[] => [aStale({ ...pods, namespace: 'shop' }, 0)];
    const handles = [aHandle({ ...pods, namespace: 'shop' }), aHandle({ ...pods, namespace: 'bank' })];
    expect(whyUnready(watched({ handles, stale }), createFakeClock(startAt))).toBeUndefined();
  });

  test('all namespaces of a list that are not current do not: nothing at all is seen', () => {
    const places = ['shop', 'bank'].map((namespace) => ({ ...pods, namespace }));
    const stale = (): readonly StaleWatch[] => places.map((place) => aStale(place, 0));
    const handles = places.map((place) => aHandle(place));
    expect(whyUnready(watched({ handles, stale }), createFakeClock(startAt))).toMatch(
      /^not current: pods.*; pods/,
    );
  });
});

// apache/apisix-ingress-controller#2774: a replica that led again went on from what it had known when it led last.
describe('a term of leadership', () => {
  async function begins(
    handles: readonly (() => Handle)[],
    afterMs: number,
  ): Promise<{ begun: boolean; proofs: number }> {
    const clock = createFakeClock();
    await clock.advance(60_000);
    const controller = new AbortController();
    let [begun, proofs] = [false, 0];
    const waiting = untilCurrent(
      {
        get handles() {
          return handles.map((handle) => handle());
        },
        prove: () => void (proofs += 1),
      },
      clock,
      controller.signal,
    ).then(() => {
      begun = !controller.signal.aborted;
    });
    await clock.advance(afterMs);
    controller.abort();
    await waiting;
    return { begun, proofs };
  }

  test('does not begin with what was proven before it, however current that is', async () => {
    const old = (): Handle => aHandle(pods, { lastProvenAgeMs: 60_000 });
    const { begun, proofs } = await begins([old, () => aHandle(incidents)], 30_000);
    expect([begun, proofs > 0]).toEqual([false, true]);
  });

  test('begins with a proof of its own, and without one of what is not required', async () => {
    const other = (): Handle => aHandle(cronJobs, { isCurrent: false });
    expect(await begins([() => aHandle(pods), () => aHandle(incidents), other], 0)).toEqual({
      begun: true,
      proofs: 0,
    });
  });

  test('does not begin while the Incidents are not current', async () => {
    expect(
      (await begins([() => aHandle(pods), () => aHandle(incidents, { isCurrent: false })], 60_000)).begun,
    ).toBe(false);
  });

  test('does not wait for ever for one namespace of a list', async () => {
    const shop = (): Handle => aHandle({ ...pods, namespace: 'shop' }, { isCurrent: false });
    expect((await begins([shop, () => aHandle(incidents)], 9_000)).begun).toBe(false);
    expect((await begins([shop, () => aHandle(incidents)], 11_000)).begun).toBe(true);
  });
});
