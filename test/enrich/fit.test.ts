import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Environment } from '../../src/domain/environment.ts';
import { fitEnvironment } from '../../src/enrich/fit.ts';
import { aContainer, anEnvironment, anEvent, anyEnvironment, parseAsSent } from './fixtures.ts';

const ROOMY = 10_000_000;
const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const notesOf = ({ omitted }: Environment): Record<string, string> =>
  Object.fromEntries(omitted.map(({ field, reason }) => [field, reason]));

test('an environment that is small enough stays as it is', () => {
  const environment = anEnvironment({ containers: [aContainer()], events: [anEvent()] });
  expect(fitEnvironment(environment, ROOMY)).toEqual(environment);
});

describe('caps', () => {
  const name = (at: number): string => `n${at}`;
  const condition = (at: number) => ({ type: name(at), status: 'True' });
  const map = (count: number) => Object.fromEntries(many(count, (at) => [`k${at}`, 'v']));
  const base = anEnvironment();
  const pod = {
    name: 'p',
    namespace: 'n',
    uid: 'u',
    phase: 'Running',
    labels: {},
    conditions: [],
    volumes: [],
  };
  const node = { name: 'n', conditions: [], capacity: {}, allocatable: {}, taints: [] };
  const nodeOf = (at: number) => ({ name: name(at), lacks: [] });
  const scheduling = {
    requests: {},
    nodeSelector: {},
    affinity: [],
    tolerations: [],
    topologySpread: [],
    refusals: [],
    nodes: [],
  };

  test.each<[string, number, string, Partial<Environment>]>([
    ['containers', 20, 'first', { containers: many(1_000, (at) => aContainer({ name: name(at) })) }],
    [
      'containers.environmentNames',
      50,
      'first',
      { containers: [aContainer({ environmentNames: many(60, name) })] },
    ],
    ['containers.command', 50, 'first', { containers: [aContainer({ command: many(60, name) })] }],
    ['events', 50, 'first', { events: many(60, () => anEvent()) }],
    [
      'logs',
      4,
      'first',
      { logs: many(6, (at) => ({ container: name(at), pod: 'p', previous: true, lines: [] })) },
    ],
    [
      'logs.lines',
      200,
      'last',
      { logs: [{ container: 'a', pod: 'p', previous: true, lines: many(210, name) }] },
    ],
    ['owner.conditions', 12, 'first', { owner: { ...base.owner, conditions: many(20, condition) } }],
    ['owner.labels', 20, 'first', { owner: { ...base.owner, labels: map(30) } }],
    ['pod.labels', 20, 'first', { pod: { ...pod, labels: map(30) } }],
    ['pod.conditions', 12, 'first', { pod: { ...pod, conditions: many(20, condition) } }],
    ['pod.volumes', 30, 'first', { pod: { ...pod, volumes: many(40, name) } }],
    ['node.capacity', 20, 'first', { node: { ...node, capacity: map(30) } }],
    ['node.conditions', 12, 'first', { node: { ...node, conditions: many(20, condition) } }],
    [
      'containers.resources.limits',
      20,
      'first',
      { containers: [aContainer({ resources: { requests: {}, limits: map(30) } })] },
    ],
    [
      'node.pods.failing',
      20,
      'first',
      {
        node: {
          ...node,
          pods: {
            count: 1,
            failingCount: 30,
            failing: many(30, (at) => ({ namespace: 'n', name: name(at), reason: 'r' })),
          },
        },
      },
    ],
    ['scheduling.nodes', 20, 'first', { scheduling: { ...scheduling, nodes: many(30, nodeOf) } }],
    ['scheduling.nodeSelector', 20, 'first', { scheduling: { ...scheduling, nodeSelector: map(30) } }],
    ['rollout.changes', 10, 'first', { rollout: { changes: many(20, (at) => ({ container: name(at) })) } }],
  ])('%s to %d', (field, cap, which, more) => {
    const given = anEnvironment(more);
    const fitted = fitEnvironment(given, ROOMY);
    const entries = (environment: Environment): unknown[] => {
      const found = field
        .split('.')
        .reduce<unknown>((value, part) => (Array.isArray(value) ? value[0] : value)?.[part], environment);
      return Array.isArray(found) ? found : Object.entries(found as object);
    };
    const all = entries(given);
    expect(entries(fitted)).toEqual(which === 'first' ? all.slice(0, cap) : all.slice(-cap));
    expect(notesOf(fitted)).toEqual({ [field]: `the ${which} ${cap} of ${all.length} entries` });
  });

  test('texts to 1,024 characters and keys to 253', () => {
    const fitted = fitEnvironment(
      anEnvironment({
        owner: { ...base.owner, name: 'x'.repeat(2_000), labels: { ['k'.repeat(300)]: 'v' } },
      }),
      ROOMY,
    );
    expect(fitted.owner.name).toBe(`${'x'.repeat(1_023)}…`);
    expect(Object.keys(fitted.owner.labels)[0]).toBe(`${'k'.repeat(252)}…`);
    expect(notesOf(fitted)).toEqual({ 'owner.name': 'the first 1024 of 2000 characters' });
  });

  test('the containers that fail are kept', () => {
    const failing = [
      aContainer({ name: 'restarts', restartCount: 3 }),
      aContainer({ name: 'ended', state: { terminated: { exitCode: 2 } } }),
      aContainer({ name: 'waits', ready: false, state: { waiting: { reason: 'ErrImagePull' } } }),
    ];
    const containers = [...many(990, (at) => aContainer({ name: name(at) })), ...failing];
    const fitted = fitEnvironment(anEnvironment({ containers }), ROOMY);
    expect(fitted.containers.slice(0, 4).map((container) => container.name)).toEqual([
      'restarts',
      'ended',
      'waits',
      'n0',
    ]);
  });

  test('keys that objects inherit stay keys', () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const fitted = fitEnvironment(anEnvironment({ owner: { ...base.owner, labels } }), ROOMY);
    expect(Object.entries(fitted.owner.labels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('reductions', () => {
  const lines = many(100, (at) => `line ${at} ${'x'.repeat(80)}`);
  const full = anEnvironment({
    logs: [{ container: 'a', pod: 'p', previous: true, lines }],
    events: many(20, (at) => anEvent(`event ${at} ${'x'.repeat(100)}`)),
    containers: many(10, (at) =>
      aContainer({ name: `c${at}`, environmentNames: many(20, (n) => `VARIABLE_${n}`) }),
    ),
    pod: {
      name: 'p',
      namespace: 'n',
      uid: 'u',
      phase: 'Running',
      labels: {},
      conditions: [],
      volumes: many(20, (at) => `volume ${at} ${'x'.repeat(100)}`),
    },
    node: { name: 'n', conditions: [], capacity: {}, allocatable: {}, taints: [] },
    rollout: { changes: [], changeCause: 'x'.repeat(1_000) },
    owner: {
      ...anEnvironment().owner,
      conditions: many(12, (at) => ({ type: `t${at}`, status: 'True', message: 'm'.repeat(300) })),
    },
    omitted: [{ field: 'owner', reason: 'gone' }],
  });
  const length = JSON.stringify(full).length;
  const fitted = (maxLength: number): Environment => {
    const environment = fitEnvironment(full, maxLength);
    expect(JSON.stringify(environment).length).toBeLessThanOrEqual(maxLength);
    parseAsSent(environment);
    return environment;
  };

  test('nothing goes that need not go', () => {
    expect(fitted(length)).toEqual(full);
  });

  test('the oldest log lines go first', () => {
    const environment = fitted(length - 10);
    expect(environment.logs[0]?.lines).toEqual(lines.slice(50));
    expect(environment.events).toEqual(full.events);
    expect(notesOf(environment)).toEqual({
      owner: 'gone',
      'logs.lines': 'older lines were cut to keep the whole within its size',
    });
  });

  test('then events, variables, containers, pod and node, rollout, all but the most important', () => {
    const kept: string[] = [];
    for (let maxLength = length; maxLength >= 4_096; maxLength -= 100) {
      const { logs, events, containers, pod, rollout, owner } = fitted(maxLength);
      kept.push(
        [
          logs[0]?.lines.length ?? 0,
          events.length,
          containers.length,
          containers[0]?.environmentNames.length ?? 0,
          pod === undefined ? '-' : 'pod',
          rollout === undefined ? '-' : 'rollout',
          owner.conditions.length,
        ].join(' '),
      );
    }
    expect([...new Set(kept)]).toMatchInlineSnapshot(`
      [
        "100 20 10 20 pod rollout 12",
        "50 20 10 20 pod rollout 12",
        "25 20 10 20 pod rollout 12",
        "13 20 10 20 pod rollout 12",
        "7 20 10 20 pod rollout 12",
        "7 10 10 20 pod rollout 12",
        "7 5 10 20 pod rollout 12",
        "7 3 10 20 pod rollout 12",
        "7 2 10 20 pod rollout 12",
        "7 2 10 0 pod rollout 12",
        "7 2 5 0 pod rollout 12",
        "7 2 3 0 pod rollout 12",
        "7 2 2 0 pod rollout 12",
        "7 2 2 0 - rollout 12",
        "0 0 2 0 - - 12",
        "0 0 0 0 - - 0",
      ]
    `);
  });
});

test('whatever the cluster holds, the result fits, is valid and can be shown', () => {
  fc.assert(
    fc.property(anyEnvironment, fc.constantFrom(4_096, 5_000, 20_000, 65_536), (environment, maxLength) => {
      const fitted = fitEnvironment(environment, maxLength);
      const json = JSON.stringify(fitted);
      expect(json.length).toBeLessThanOrEqual(maxLength);
      expect(json.isWellFormed()).toBe(true);
      parseAsSent(fitted);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 20_000 },
  );
});
