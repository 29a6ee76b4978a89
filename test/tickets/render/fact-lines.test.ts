import { expect, test } from '@jest/globals';
import type { ContainerFacts, Environment } from '../../../src/domain/environment.ts';
import { factLines } from '../../../src/tickets/render/facts.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x');

function lineOf(
  what: string,
  environment: Partial<Environment>,
  more: Partial<Story> = {},
): string | undefined {
  const story = { ...base, ...more, environment: { ...base.environment, ...environment } };
  return factLines(story)
    .find((line) => line.startsWith(`**${what}**: `))
    ?.slice(what.length + 6);
}

function aPod(conditions: Environment['owner']['conditions'], phase = 'Running'): Partial<Environment> {
  const { pod } = base.environment;
  if (pod === undefined) throw new Error('no pod');
  return { pod: { ...pod, name: 'web-1', phase, conditions } };
}

function aContainer(more: Partial<ContainerFacts> = {}): ContainerFacts {
  const [container] = base.environment.containers;
  if (container === undefined) throw new Error('no container');
  return { ...container, ...more };
}

const asked = { trigger: 'manual' } as const;

test.each([
  ['True', '`web-1`, `Running`, ready, 3 restarts'],
  ['False', '`web-1`, `Running`, not ready, 3 restarts'],
  ['Unknown', '`web-1`, `Running`, not ready, 3 restarts'],
])('a request tells the pod, whose Ready is %s', (status, line) => {
  const conditions = [
    { type: 'Initialized', status: status === 'True' ? 'False' : 'True' },
    { type: 'Ready', status },
  ];
  expect(lineOf('Pod', aPod(conditions), asked)).toBe(line);
});

test('a request tells no readiness where the pod has none yet, and the restarts of all containers', () => {
  const containers = [aContainer({ restartCount: 0 }), aContainer({ restartCount: 1 })];
  expect(lineOf('Pod', { ...aPod([], 'Pending'), containers }, asked)).toBe('`web-1`, `Pending`, 1 restart');
});

test('only a request tells the pod', () => {
  expect(lineOf('Pod', aPod([{ type: 'Ready', status: 'True' }]))).toBeUndefined();
});

test.each<[readonly { readonly type: string; readonly status: string }[], boolean | undefined, string]>([
  [[{ type: 'Ready', status: 'True' }], undefined, 'node `n`'],
  [[{ type: 'Ready', status: 'False' }], undefined, 'node `n`, which is `Ready=False`'],
  [[{ type: 'Ready', status: 'Unknown' }], undefined, 'node `n`, which is `Ready=Unknown`'],
  [[{ type: 'DiskPressure', status: 'True' }], undefined, 'node `n`, which is `DiskPressure=True`'],
  [[{ type: 'DiskPressure', status: 'False' }], undefined, 'node `n`'],
  [[{ type: 'DiskPressure', status: 'Unknown' }], undefined, 'node `n`'],
  // As the EKS node monitoring agent writes it.
  [[{ type: 'NetworkingReady', status: 'True' }], undefined, 'node `n`'],
  [[{ type: 'NetworkingReady', status: 'False' }], undefined, 'node `n`, which is `NetworkingReady=False`'],
  [[], true, 'node `n`, which is cordoned'],
  [[{ type: 'Ready', status: 'False' }], true, 'node `n`, which is `Ready=False`, cordoned'],
])('the node %j, cordoned %j', (conditions, unschedulable, words) => {
  const { node: known } = base.environment;
  if (known === undefined) throw new Error('no node');
  const { zone: _zone, instanceType: _type, ...node } = known;
  const environment = {
    node: {
      ...node,
      name: 'n',
      conditions: [...conditions],
      ...(unschedulable === true ? { unschedulable } : {}),
    },
  };
  expect(lineOf('Where', environment)?.split(', ').slice(2).join(', ')).toBe(words);
});

test.each<[Environment['cluster'], string]>([
  [{ name: 'prod', id: 'c-1', uid: 'u-1', version: 'v1.36.3' }, 'cluster `prod` `c-1`, Kubernetes `v1.36.3`'],
  [{ uid: 'u-1' }, 'cluster `u-1`'],
  [{}, 'cluster without a name'],
])('the cluster %j', (cluster, words) => {
  expect(lineOf('Where', { cluster, node: undefined })).toBe(words);
});

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `p${at}`);

test.each([
  [0, undefined],
  [1, '`p0`'],
  [5, '`p0`, `p1`, `p2`, `p3`, `p4`'],
  [6, '`p0`, `p1`, `p2`, `p3`, `p4` and 1 more'],
])('%d pods that fail', (count, words) => {
  const { incident } = base.environment;
  expect(lineOf('Failing', { incident: { ...incident, affected: { count, pods: names(count) } } })).toBe(
    words,
  );
});

test('a pod that is the owner itself is not named once more', () => {
  const { incident } = base.environment;
  const affected = (pods: readonly string[]) => ({
    incident: { ...incident, affected: { count: pods.length, pods: [...pods] } },
  });
  expect(lineOf('Failing', affected(['x']))).toBeUndefined();
  expect(lineOf('Failing', affected(['x', 'web']))).toBe('`web`');
});

test.each<[string, number | undefined, boolean]>([
  ['probe', undefined, true],
  ['crash', 137, true],
  ['crash', 143, true],
  ['crash', 1, false],
  ['image', undefined, false],
])('probes are told of %s with exit code %j: %j', (failureClass, exitCode, isTold) => {
  const { incident } = base.environment;
  const lastState = exitCode === undefined ? {} : { terminated: { exitCode } };
  const containers = [aContainer({ name: 'app', state: {}, lastState, probes: { liveness: 'exec [ok]' } })];
  const environment = {
    incident: { ...incident, class: failureClass as typeof incident.class },
    containers,
    events: [],
  };
  const line = lineOf('Probes', environment, { container: 'app' });
  expect(line).toBe(isTold ? 'liveness `exec [ok]`' : undefined);
});

test('what else was seen is told once, without what the ticket is about, and no more than five', () => {
  const { incident } = base.environment;
  const other = (reason: string, object = 'a') => ({ class: 'crash', reason, object }) as const;
  const alsoFailing = [
    { class: incident.class, reason: incident.reason, object: 'b' },
    ...['r1', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((reason, at) => other(reason, `o${at}`)),
  ];
  expect(lineOf('Also seen', { incident: { ...incident, alsoFailing } })).toBe(
    '`crash: r1`, `crash: r2`, `crash: r3`, `crash: r4`, `crash: r5`',
  );
  expect(lineOf('Also seen', { incident: { ...incident, alsoFailing: [] } })).toBeUndefined();
});

test('an earlier ticket is named, and none where there was none', () => {
  const { previousTicketId: _earlier, ...first } = base;
  expect(lineOf('Earlier ticket', {}, { previousTicketId: 'T-7' })).toBe('`T-7`, closed; it has come again');
  expect(factLines(first).some((line) => line.startsWith('**Earlier ticket**'))).toBe(false);
});

const beforeReading = (seconds: number): string =>
  new Date(Date.parse(base.environment.collectedAt) - seconds * 1_000).toISOString();

test.each([
  [14, 14, 'measured 14 s before this was read'],
  [14, 20, 'measured 14 s (container) and 20 s (node) before this was read'],
  [undefined, 20, 'measured 20 s before this was read'],
  [14, undefined, 'measured 14 s before this was read'],
])('what is in use was measured %p and %p seconds ago', (container, node, words) => {
  const usageOf = (seconds: number | undefined): Pick<ContainerFacts, 'usage'> =>
    seconds === undefined ? {} : { usage: { memory: '9Mi', measuredAt: beforeReading(seconds) } };
  const { node: whole } = base.environment;
  if (whole === undefined) throw new Error('no node');
  const environment = { containers: [aContainer(usageOf(container))], node: { ...whole, ...usageOf(node) } };
  expect(lineOf('In use', environment)?.split('; ').at(-1)).toBe(words);
});
