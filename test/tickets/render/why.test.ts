import { failureOf, hasNotBegun, nameContainer, stoppedBy } from '../../../src/tickets/render/containers.ts';
import { logLines, logSections } from '../../../src/tickets/render/events-and-logs.ts';
import { memberSections, subjectLine, tame } from '../../../src/tickets/render/draft.ts';
import { quoteFor } from '../../../src/tickets/render/markdown.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { causeOf } from '../../../src/tickets/render/cause.ts';
import { whyLines } from '../../../src/tickets/render/why.ts';
import type { ContainerFacts, Environment, EventFacts } from '../../../src/domain/environment.ts';
import { storyOf } from './hostile.ts';
import { describe, expect, test } from '@jest/globals';

const base = storyOf('x');
const { node: _node, pod: wholePod, ...whole } = base.environment;
const [usual] = whole.containers;
if (usual === undefined || wholePod === undefined) throw new Error('no pod');
const { message: _message, reason: _reason, ...pod } = { ...wholePod, name: 'p', conditions: [] };
const at = (minute: number): string => `2026-11-23T03:${String(minute).padStart(2, '0')}:00Z`;
const bare: Environment = {
  ...whole,
  owner: { ...whole.owner, conditions: [] },
  containers: [],
  events: [],
  logs: [],
  omitted: [],
};

function aContainer(more: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    ...usual,
    name: 'app',
    role: 'app',
    restartCount: 0,
    state: {},
    lastState: {},
    probes: {},
    resources: { requests: {}, limits: {} },
    ...more,
  } as ContainerFacts;
}

function anEvent(reason: string, message = 'm', more: Partial<EventFacts> = {}): EventFacts {
  return { type: 'Warning', reason, message, count: 1, object: 'Pod/p', lastAt: at(5), ...more };
}

type FailureClass = Environment['incident']['class'];

function why(
  failureClass: FailureClass,
  reason: string,
  more: Partial<Environment> = {},
  story: Partial<Story> = {},
) {
  const incident = { ...bare.incident, class: failureClass, reason };
  return whyLines({ ...base, container: 'app', ...story, environment: { ...bare, incident, ...more } });
}

const terminated = { exitCode: 3 };

describe('why a container fails', () => {
  test.each<[Partial<ContainerFacts>, string]>([
    [{ state: { terminated } }, 'container `app` ended with exit code `3`'],
    [{ lastState: { terminated } }, 'container `app` ended with exit code `3`'],
    [{ role: 'init', state: { terminated } }, 'init container `app` ended with exit code `3`'],
    [
      { state: { terminated: { exitCode: -1_073_741_819 } } },
      'container `app` ended with exit code `0xC0000005`, access violation',
    ],
    [
      { state: { terminated: { exitCode: 3, reason: 'Error', message: ' boom' } } },
      'container `app` ended with exit code `3`, reason `Error`: `boom`',
    ],
    [{ state: { terminated: { exitCode: 3, message: ' ' } } }, 'container `app` ended with exit code `3`'],
    [
      { state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      'container `app` ended with exit code `137`, reason `OOMKilled`, no memory limit of its own',
    ],
    [
      {
        state: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        resources: { requests: {}, limits: { memory: '32Mi' } },
      },
      'container `app` ended with exit code `137`, reason `OOMKilled`, memory limit `32Mi`',
    ],
    [
      { state: { terminated: { exitCode: 3, startedAt: at(1), finishedAt: at(3) } } },
      'container `app` ended with exit code `3`, after a run of 2 min',
    ],
    [
      { state: { terminated: { exitCode: 3, finishedAt: at(3) } } },
      'container `app` ended with exit code `3`',
    ],
    [{ state: { terminated }, restartCount: 1 }, 'container `app` ended with exit code `3`, 1 restart'],
    [
      { state: { waiting: { reason: 'ErrImagePull', message: 'no' } } },
      'container `app` waits, reason `ErrImagePull`: `no`',
    ],
    [
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } },
      'container `app` ended with exit code `3`',
    ],
    [{ state: { waiting: {} }, lastState: { terminated } }, 'container `app` ended with exit code `3`'],
    [
      { state: { waiting: { reason: 'ErrImagePull' } }, lastState: { terminated } },
      'container `app` ended with exit code `3`',
    ],
    [
      { state: { waiting: { reason: 'ErrImagePull' } }, lastState: { terminated: { exitCode: 0 } } },
      'container `app` waits, reason `ErrImagePull`',
    ],
    [
      { state: { running: { startedAt: at(1) } }, ready: false },
      'container `app` runs since 2026-11-23 03:01:00 UTC and is not ready',
    ],
    [{ state: { running: { startedAt: at(1) } }, ready: true }, 'reason `Error`'],
    [{ state: { running: {} }, ready: false }, 'reason `Error`'],
  ])('%j', (more, words) => {
    expect(why('crash', 'Error', { containers: [aContainer(more)] })).toEqual([`**Why**: ${words}`]);
  });

  test('is told before what is reported, of classes that a container explains, and of a request', () => {
    const containers = [aContainer({ state: { terminated } })];
    const events = [anEvent('Failed')];
    const [ended, said] = ['container `app` ended with exit code `3`', '`Failed`: `m`'];
    for (const one of ['crash', 'image', 'config'] as const)
      expect(why(one, 'Failed', { containers, events })).toEqual([`**Why**: ${ended}`]);
    expect(why('start', 'Failed', { containers, events })).toEqual([
      `**Why**: ${said}`,
      `**State**: ${ended}`,
    ]);
    const asked = { trigger: 'manual' } as const;
    expect(why('manual', 'RequestedByHand', { containers, events }, asked)).toEqual([`**Why**: ${ended}`]);
    expect(why('start', 'Failed', { events })).toEqual([`**Why**: ${said}`]);
    expect(why('crash', 'Failed', { events })).toEqual([`**Why**: ${said}`]);
  });

  test('is the reason alone where nothing else is known, but for requests and deletions', () => {
    expect(why('start', 'Failed')).toEqual(['**Why**: reason `Failed`']);
    expect(why('manual', 'RequestedByHand', {}, { trigger: 'manual' })).toEqual([]);
    expect(why('terminating', 'Failed')).toEqual([]);
  });
});

describe('why, as it is reported', () => {
  const condition = { type: 'Available', status: 'False', reason: 'Minimum', message: 'too few' };
  const words = '`Available` is `False`, reason `Minimum`: `too few`';

  test('by a condition with that reason, or of that type', () => {
    const owner = { ...bare.owner, conditions: [condition] };
    expect(why('rollout', 'Minimum', { owner })).toEqual([`**Why**: ${words}`]);
    expect(why('rollout', 'Available', { owner })).toEqual(['**Why**: `Available` is `False`: `too few`']);
    const since = [{ ...condition, lastTransitionTime: at(1) }];
    expect(why('rollout', 'Minimum', { owner: { ...owner, conditions: since } })).toEqual([
      '**Why**: `Available` is `False` since 2026-11-23 03:01:00 UTC, reason `Minimum`: `too few`',
    ]);
    expect(why('rollout', 'Other', { owner })).toEqual(['**Why**: reason `Other`']);
  });

  test.each(['Ready', 'Failed'])('of several with one reason by the condition %s', (type) => {
    const conditions = [
      { type: 'DiskPressure', status: 'Unknown', reason: 'NodeStatusUnknown' },
      { type, status: 'Unknown', reason: 'NodeStatusUnknown' },
    ];
    expect(why('node', 'NodeStatusUnknown', { owner: { ...bare.owner, conditions } })).toEqual([
      `**Why**: \`${type}\` is \`Unknown\`, reason \`NodeStatusUnknown\``,
    ]);
  });

  test('by the pod itself, if it says more, and else by an Event', () => {
    const events = [
      anEvent('Other'),
      anEvent('Evicted', 'said by an Event', { count: 2 }),
      anEvent('Evicted', 'older'),
    ];
    const evicted = { ...pod, reason: 'Evicted', message: 'low on memory' };
    expect(why('eviction', 'Evicted', { pod: evicted, events })).toEqual([
      '**Why**: `Evicted`: `low on memory`',
    ]);
    expect(why('eviction', 'Evicted', { pod: { ...pod, reason: 'Evicted' }, events })).toEqual([
      '**Why**: `Evicted`, reported 2 times: `said by an Event`',
    ]);
    expect(why('eviction', 'Other', { pod: evicted, events })).toEqual(['**Why**: `Other`: `m`']);
  });

  test('with what a pod says of its own readiness', () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }];
    const unready = { pod: { ...pod, conditions }, events: [anEvent('Unhealthy')] };
    const said = '**Pod**: `p` says `Ready` is `False`, reason `ContainersNotReady`';
    expect(why('probe', 'Unhealthy', unready)).toEqual(['**Why**: `Unhealthy`: `m`', said]);
    expect(why('rollout', 'Unhealthy', unready)).toEqual(['**Why**: `Unhealthy`: `m`', said]);
    expect(why('start', 'Unhealthy', unready)).toEqual(['**Why**: `Unhealthy`: `m`']);
    const plain = [{ type: 'Ready', status: 'Unknown' }];
    expect(why('probe', 'Unhealthy', { ...unready, pod: { ...pod, conditions: plain } })[1]).toBe(
      '**Pod**: `p` says `Ready` is `Unknown`',
    );
    const ready = [{ type: 'Ready', status: 'True' }];
    expect(why('probe', 'Unhealthy', { ...unready, pod: { ...pod, conditions: ready } })).toHaveLength(1);
  });
});

describe('the probe for which the kubelet stopped a container', () => {
  const probes = { liveness: 'exec [ok]' };
  const stopped = aContainer({ probes, lastState: { terminated: { exitCode: 137, startedAt: at(3) } } });
  const killing = (probe: string, name = 'app') =>
    anEvent('Killing', `Container ${name} failed ${probe} probe, will be restarted`);

  test.each<[string, readonly EventFacts[], ContainerFacts, string | undefined]>([
    ['is named by its end', [killing('liveness')], stopped, 'liveness'],
    ['may be that of the start', [killing('startup')], stopped, 'startup'],
    ['is not a readiness probe', [killing('readiness')], stopped, undefined],
    ['is not that of another', [killing('liveness', 'other')], stopped, undefined],
    [
      'counts whatever the exit code',
      [killing('liveness')],
      aContainer({ lastState: { terminated: { exitCode: 1, startedAt: at(3) } } }),
      'liveness',
    ],
    ['is not of an earlier run', [{ ...killing('liveness'), lastAt: at(2) }], stopped, undefined],
    [
      'is of a run that began at that moment',
      [{ ...killing('liveness'), lastAt: at(3) }],
      stopped,
      'liveness',
    ],
    ['is not of a container that has not ended', [killing('liveness')], aContainer(), undefined],
    [
      'is not of one that took too much memory',
      [killing('liveness')],
      aContainer({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
      undefined,
    ],
    ['is told by its failure', [anEvent('Unhealthy', 'Liveness probe failed: 500')], stopped, 'liveness'],
    ['if the container has it', [anEvent('Unhealthy', 'Startup probe failed: 500')], stopped, undefined],
    [
      'is not told by that of readiness',
      [anEvent('Unhealthy', 'Readiness probe failed: 500')],
      stopped,
      undefined,
    ],
    ['is not told by other Events', [anEvent('Other', 'Liveness probe failed: 500')], stopped, undefined],
  ])('%s', (_what, events, container, probe) => {
    expect(stoppedBy({ events: [...events] }, container)).toBe(probe);
  });

  test.each([
    [0, 'liveness'],
    [137, 'liveness'],
    [143, 'liveness'],
    [1, undefined],
  ])('with exit code %j is %j by its failure', (exitCode, probe) => {
    const events = [anEvent('Unhealthy', 'Liveness probe failed: 500')];
    expect(stoppedBy({ events }, aContainer({ probes, state: { terminated: { exitCode } } }))).toBe(probe);
  });

  test('is told with its words', () => {
    const failed = anEvent('Unhealthy', 'Liveness probe failed: 500', { count: 3 });
    const events = [killing('liveness'), anEvent('Unhealthy', 'Readiness probe failed: 404'), failed];
    expect(failureOf({ events }, 'app', 'liveness')).toBe(failed);
    const ofOther = { events: [{ ...failed, container: 'other' }, failed] };
    expect(failureOf(ofOther, 'app', 'liveness')).toBe(failed);
    expect(why('crash', 'Error', { containers: [stopped], events }).slice(1)).toEqual([
      '**Stopped for**: `Liveness probe failed: 500`, reported 3 times',
    ]);
    const once = [killing('liveness'), { ...failed, count: 1 }];
    expect(why('crash', 'Error', { containers: [stopped], events: once }).slice(1)).toEqual([
      '**Stopped for**: `Liveness probe failed: 500`',
    ]);
    expect(why('crash', 'Error', { containers: [stopped], events: [killing('liveness')] })).toHaveLength(1);
  });
});

describe('a container', () => {
  test.each([
    ['app', 'container `app`'],
    ['init', 'init container `app`'],
    ['sidecar', 'sidecar `app`'],
    ['ephemeral', 'debug container `app`'],
  ] as const)('of role %s is named %s', (role, name) => {
    expect(nameContainer(aContainer({ role }))).toBe(name);
  });

  test.each(['StartError', 'ContainerCannotRun', 'RunContainerError'])(
    'that ended with %s has no log',
    (reason) => {
      const container = aContainer({ state: { terminated: { exitCode: 128, reason } } });
      expect(hasNotBegun(container)).toBe(true);
      const omitted = [{ field: 'logs', reason: 'r' }];
      expect(logLines({ ...bare, omitted }, container)).toEqual([]);
      expect(logLines({ ...bare, omitted }, aContainer({ state: { terminated } }))).toEqual([
        '**Log**: not read, as `r`',
      ]);
      expect(logLines({ ...bare, omitted }, aContainer())).toEqual([]);
      expect(
        logLines(
          { ...bare, omitted: [{ field: 'node', reason: 'r' }] },
          aContainer({ state: { terminated } }),
        ),
      ).toEqual([]);
      expect(logLines(bare, undefined)).toEqual([]);
    },
  );
});

describe('the sections', () => {
  const quote = { ...quoteFor(base), block: (lines: readonly string[]) => lines.join('|') };
  const log = { container: 'app', pod: 'p', previous: true, lines: ['a', 'b', 'c'] };

  test('of logs have the last lines, two at most', () => {
    const logs = [{ ...log, lines: [] }, log, { ...log, previous: false }, log];
    expect(logSections({ ...bare, logs }, quote, 2)).toEqual([
      '### Log of `app`\n\nPod `p`, the run that ended, the last 2 lines:\n\nb|c',
      '### Log of `app`\n\nPod `p`, the current run, the last 2 lines:\n\nb|c',
    ]);
    expect(logSections({ ...bare, logs: [log] }, quote, 1)[0]).toContain(', the last line:\n\nc');
    expect(logSections({ ...bare, logs: [log] }, quote, 0)).toEqual([]);
  });

  const owner = (name: string, more: object = {}) => ({
    kind: 'Deployment',
    namespace: 'shop',
    name,
    class: 'crash',
    reason: 'Error',
    ...more,
  });
  const members = (
    owners: readonly object[],
    most: number,
    trigger: Story['trigger'] = 'shared',
    count = owners.length,
  ) => {
    const incident = { ...bare.incident, members: { count, owners } } as Environment['incident'];
    return memberSections({ ...base, trigger, environment: { ...bare, incident } }, most);
  };

  test('of members have those that fail alike in one line, the largest first', () => {
    const owners = [
      owner('a'),
      owner('n', { namespace: '', kind: 'Node', class: 'node' }),
      owner('b', { since: at(5) }),
      owner('c', { since: at(3) }),
      owner('d', { reason: 'Other' }),
    ];
    const three =
      '- 3 in `shop`, `crash`, `Error`, since 2026-11-23 03:03:00 UTC: `Deployment/a`, `Deployment/b`, `Deployment/c`';
    const node = '- 1, `node`, `Error`: `Node/n`';
    const other = '- 1 in `shop`, `crash`, `Other`: `Deployment/d`';
    expect(members(owners, 5)).toEqual([`### What fails with it\n\n${three}\n${node}\n${other}`]);
    expect(members(owners, 5, 'storm')).toEqual([`### What fails\n\n${three}\n${node}\n${other}`]);
    expect(members(owners, 2)).toEqual([`### What fails with it\n\n${three}\n${node}\n- and 1 more`]);
    expect(members(owners, 5, 'storm', 9)).toEqual([
      `### What fails\n\n${three}\n${node}\n${other}\n- and 4 more`,
    ]);
    expect(memberSections({ ...base, environment: bare }, 5)).toEqual([]);
  });

  test('of members name twelve in a line', () => {
    const owners = Array.from({ length: 13 }, (_, n) => owner(`d${n}`));
    expect(members(owners.slice(1), 5)[0]).toMatch(/`Deployment\/d12`$/);
    expect(members(owners, 5)[0]).toMatch(/`Deployment\/d11` and 1 more$/);
  });
});

describe('the cause of several containers that crash', () => {
  const ended = (exitCode: number, finishedAt: string, reason = 'Error') => ({
    terminated: { exitCode, reason, finishedAt },
  });
  const crashing = (name: string, exitCode: number, more: Partial<ContainerFacts> = {}): ContainerFacts =>
    aContainer({
      name,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: ended(exitCode, at(4)),
      ...more,
    });
  const cause = (first: string, ...containers: readonly ContainerFacts[]): string =>
    causeOf({
      ...base,
      trigger: 'automatic',
      container: first,
      message: `container ${first} ends`,
      environment: {
        ...bare,
        containers: [...containers],
        incident: { ...bare.incident, class: 'crash', since: at(3) },
      },
    });

  test('names each with its own end, first the one that the ticket is about', () => {
    expect(cause('worker', crashing('web', 3), crashing('worker', 2))).toBe(
      'container worker (exit code 2) and container web (exit code 3) crash',
    );
    expect(cause('b', crashing('a', 1), crashing('b', 1), crashing('c', 1))).toBe(
      'container b, container a and container c crash, all with exit code 1',
    );
  });

  test('leaves out what has run well since long before', () => {
    const proxy = aContainer({
      name: 'proxy',
      role: 'sidecar',
      ready: true,
      state: { running: { startedAt: '2026-11-13T03:00:00Z' } },
      lastState: ended(255, '2026-11-13T02:59:00Z'),
    });
    expect(cause('app', crashing('app', 1), proxy)).toBe('container app ends');
    const again = { ...proxy, lastState: ended(255, at(2)) };
    expect(cause('app', crashing('app', 1), again)).toContain('sidecar proxy (exit code 255)');
  });

  test('is that of the one which the ticket is about, where that ends without an error', () => {
    const app = aContainer({ state: ended(0, at(4), 'Completed') });
    expect(cause('app', app, crashing('a', 1), crashing('b', 1))).toBe('container app ends');
  });
});

describe('the subject', () => {
  const about = (name: string, message: string, max: number, trigger: Story['trigger'] = 'automatic') =>
    subjectLine(
      {
        ...base,
        trigger,
        message,
        environment: {
          ...bare,
          owner: { ...bare.owner, name },
          incident: { ...bare.incident, reason: 'Error' },
        },
      },
      max,
    );

  test('says what fails and why', () => {
    expect(about('web', 'it ends', 200)).toBe('Deployment shop/web: Error, it ends');
    expect(about('web', 'it is slow', 200, 'manual')).toBe('Deployment shop/web: it is slow');
    expect(about('web', '12 workloads', 200, 'storm')).toBe('Storm: 12 workloads');
  });

  test('keeps ninety characters of why beside a long name', () => {
    const subject = about('n'.repeat(250), 'w'.repeat(300), 176);
    expect(subject).toHaveLength(176);
    expect(subject.split(': ')[1]).toHaveLength(90);
    expect(about('n'.repeat(250), 'short', 176).split(': ')[1]).toBe('Error, short');
  });

  test.each([
    ['k8s-47eb08', 'k8s 47eb08'],
    ['k8s-xyz', 'k8s-xyz'],
    ['see https://evil.example/x', 'see evil.example/x'],
    ['a `b` [c](d) {e} <f>', "a 'b' (c)(d) (e) (f)"],
    ['#12 and # 3', '# 12 and # 3'],
    ['@all a@b.c (@team', '@ all a@b.c (@ team'],
  ])('writes %j as %j', (text, tamed) => {
    expect(tame(text)).toBe(tamed);
  });
});
