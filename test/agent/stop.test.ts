import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectionWith } from '../support/connection.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

let stage: TestStage;

beforeEach(async () => {
  stage = await openStage();
});

afterEach(() => stage.close());

test('the thread that redacts is ended with the agent', async () => {
  let closed = 0;
  const running = await stage.start('agent-1', {}, (deps) => ({
    ...deps,
    openComposer: () => ({
      compose: () => Promise.reject(new Error('nothing fails here')),
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    }),
  }));
  expect(closed).toBe(0);
  await running.stop();
  expect(closed).toBe(1);
});

test('a read of an owner that nobody waits for is cut when the agent ends', async () => {
  const reads: AbortSignal[] = [];
  const shop = deploy(stage.sandbox);
  const replicaSet = { kind: 'ReplicaSet', namespace: 'shop', name: 'checkout-7d9f8b6c5' } as const;
  stage.sandbox.objects.update(replicaSet, ({ metadata }) => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: 'r-1' };
    metadata.ownerReferences = [{ ...rollout, controller: true }];
  });
  const running = await stage.start('agent-1', {}, (deps) => ({
    ...deps,
    connection: connectionWith(deps.connection, {
      json: async (request) => {
        const { signal } = request;
        if (!request.path.startsWith('/apis/argoproj.io') || signal === undefined)
          return deps.connection.json(request);
        reads.push(signal);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
    }),
  }));
  shop.crash();
  await until('a read of the owner', () => reads.length > 0);
  expect(reads.map(({ aborted }) => aborted)).toEqual([false]);
  await running.stop();
  expect(reads.map(({ aborted }) => aborted)).toEqual([true]);
});
