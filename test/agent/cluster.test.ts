import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { ClusterFacts } from '../../src/domain/environment.ts';
import { checkedClusterId, firstContact } from '../../src/agent/cluster.ts';
import { createLogger } from '../../src/telemetry/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const UUID = '3f2b8c1e-0d4a-4c5b-9e6f-7a8b9c0d1e2f';

function meet(answers: readonly ClusterFacts[], more: { clusterId?: string; isNamespaced?: boolean } = {}) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const lines: string[] = [];
  const left = [...answers];
  const log = createLogger({
    level: 'info',
    version: '1',
    redact: (text) => text,
    destination: { write: (line) => void lines.push(line) },
  });
  const reader = { cluster: async () => left.shift() ?? {} };
  const deps = { reader, clock, log, server: 'https://api', clusterId: more.clusterId };
  const met = firstContact({ ...deps, isNamespaced: more.isNamespaced ?? false }, stop.signal);
  met.catch(() => undefined);
  return { met, clock, stop, lines };
}

describe('the first contact', () => {
  const facts = { version: 'v1.36.3', uid: 'uid-1' };

  test('takes the identity from the cluster, whatever is configured', async () => {
    const { met } = meet([facts], { clusterId: UUID });
    expect(await met).toEqual({ facts, clusterKey: 'uid-1' });
  });

  test('waits for it rather than take another: that would file everything again', async () => {
    const { met, clock, lines } = meet([{}, { version: 'v1.36.3' }, facts], { clusterId: UUID });
    await clock.advance(4 * SECOND);
    expect((await met).clusterKey).toBe('uid-1');
    expect(lines).toHaveLength(1);
  });

  test('takes the configured one where only some namespaces may be read', async () => {
    const { met, clock } = meet([{}, { version: 'v1.36.3' }], { clusterId: UUID, isNamespaced: true });
    await clock.advance(2 * SECOND);
    expect((await met).clusterKey).toBe(UUID);
  });

  test('is told of once a minute while it fails, and ends with the process', async () => {
    const { met, clock, stop, lines } = meet([]);
    await clock.advance(2 * MINUTE - SECOND);
    expect(lines).toHaveLength(2);
    stop.abort(new Error('stop'));
    await expect(met).rejects.toThrow('stop');
  });
});

describe('the cluster_id of tickets', () => {
  const idOf = (id: string | undefined) =>
    checkedClusterId({ current: () => id, resolve: () => Promise.resolve(id) });

  test('is a UUID', async () => {
    expect(idOf(UUID).current()).toBe(UUID);
    expect(await idOf(UUID).resolve()).toBe(UUID);
  });

  test('may be unknown', async () => {
    expect(await idOf(undefined).resolve()).toBeUndefined();
  });

  test('is refused with the remedy when it is anything else', async () => {
    expect(idOf('cluster-7').current()).toBeUndefined();
    await expect(idOf('cluster-7').resolve()).rejects.toThrow(
      'cluster_id "cluster-7" is not a UUID, so the ticket API would refuse it: set clusterId',
    );
  });
});
