import { expect, test } from '@jest/globals';
import type { Evidence } from '../../src/domain/environment.ts';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import type { EarlyEvidence, EvidenceTarget } from '../../src/domain/ports.ts';
import { readMembers } from '../../src/reconcile/read-members.ts';

const { signal } = new AbortController();

function ref(kind: string, name: string) {
  return { apiVersion: 'v1', kind, namespace: 'shop', name, uid: `uid-of-${name}` };
}

function member(name: string, failureClass: FailureClass = 'crash', kind = 'Pod') {
  return {
    owner: ref('Deployment', name),
    class: failureClass,
    reason: 'Error',
    since: 0,
    message: 'exits with code 1',
    regarding: ref(kind, `${name}-1`),
  };
}

function early(line: string): EarlyEvidence {
  const logs = [{ container: 'app', pod: 'p', previous: false, lines: [line] }];
  const evidence: Evidence = { takenAt: 0, containers: [], events: [], logs, omitted: [], secretValues: [] };
  return { evidence, readAt: 0, object: undefined, isWhole: true };
}

/** Names of the pods that are read, and the first line of each log that is looked at. */
async function read(
  members: readonly ReturnType<typeof member>[],
  known: readonly string[] = [],
  kind: 'storm' | 'shared' = 'storm',
  areLogsRead = true,
) {
  const asked: (string | undefined)[] = [];
  const found = await readMembers(
    { common: { kind, members, isFirst: false } },
    {
      reader: {
        lastLines: async (target: EvidenceTarget) => {
          asked.push(target.pod?.name);
          return areLogsRead ? early('read').evidence : undefined;
        },
      },
      earlyOf: ({ name }) => (known.includes(name) ? early(`known of ${name}`) : undefined),
    },
    signal,
  );
  return { asked, lines: found.map(({ logs }) => logs[0]?.lines[0]) };
}

const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => member(name));

test('three members of a storm are read beside the one that stands for them', async () => {
  expect(await read(many)).toEqual({ asked: ['b-1', 'c-1', 'd-1'], lines: ['read', 'read', 'read'] });
});

test('what was read when they were first seen is not read again, and comes first', async () => {
  expect(await read(many, ['e', 'f'])).toEqual({
    asked: ['b-1'],
    lines: ['known of e', 'known of f', 'read'],
  });
});

test('nothing is told of members where logs are not read', async () => {
  expect((await read(many, [], 'storm', false)).lines).toEqual([]);
});

test('what has not run, or is no pod, has no log', async () => {
  const members = [member('a'), member('b', 'image'), member('c', 'rollout', 'Deployment'), member('d')];
  expect((await read(members)).asked).toEqual(['d-1']);
});

test('nothing is read for another cause, or for an owner of its own', async () => {
  expect(await read(many, [], 'shared')).toEqual({ asked: [], lines: [] });
  expect(
    await readMembers(
      {},
      { reader: { lastLines: () => Promise.reject(new Error('no')) }, earlyOf: () => undefined },
      signal,
    ),
  ).toEqual([]);
});
