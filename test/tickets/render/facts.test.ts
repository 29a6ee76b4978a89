import { changeLines } from '../../../src/tickets/render/rollout.ts';
import { failingContainer } from '../../../src/tickets/render/containers.ts';
import { eventSections, logLines } from '../../../src/tickets/render/events-and-logs.ts';
import { quoteFor } from '../../../src/tickets/render/markdown.ts';
import { type Story, clockOffset, timeOf } from '../../../src/tickets/render/story.ts';
import { whyLines } from '../../../src/tickets/render/why.ts';
import { DAY, HOUR, MINUTE } from '../../../src/domain/clock.ts';
import type { Environment, EventFacts, LogFacts } from '../../../src/domain/environment.ts';
import { storyOf } from './hostile.ts';
import { describe, expect, test } from '@jest/globals';

const base = storyOf('x');
const since = Date.parse(base.environment.incident.since);

function withEnvironment(more: Partial<Environment>): Story {
  return { ...base, environment: { ...base.environment, ...more } };
}

describe('the clock of the node', () => {
  const { collectedAt, containers, owner, pod } = base.environment;
  const now = Date.parse(collectedAt);
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const offset = (created: number, started: number, ran: number, kind = 'Deployment'): number | undefined =>
    clockOffset({
      ...base.environment,
      owner: { ...owner, kind },
      ...(pod === undefined ? {} : { pod: { ...pod, createdAt: at(created), startedAt: at(started) } }),
      containers: containers.map((one) => ({ ...one, state: { running: { startedAt: at(ran) } } })),
    });

  test('is right where the pod was taken after it was made and nothing is yet to come', () => {
    expect(offset(-HOUR, -HOUR + 2_000, -MINUTE)).toBeUndefined();
    expect(offset(-HOUR, -HOUR - 2_000, 2_000)).toBeUndefined();
  });

  test('is ahead where a run begins in the future', () => {
    expect(offset(-MINUTE, 2 * HOUR, 3 * HOUR)).toBe(3 * HOUR);
  });

  test('is behind where the pod was taken before it was made, unless it is a static one', () => {
    expect(offset(-MINUTE, -3 * HOUR, -3 * HOUR)).toBe(-3 * HOUR + MINUTE);
    expect(offset(-MINUTE, -3 * HOUR, -3 * HOUR, 'Pod')).toBeUndefined();
  });
});

describe('a time', () => {
  test.each(['', 'yesterday', '-000001-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', undefined])(
    'is not read from %j',
    (text) => {
      expect(timeOf(text)).toBeUndefined();
    },
  );
});

describe('why', () => {
  test('quotes the probe of the container that fails, not that of its proxy', () => {
    const said = { type: 'Warning', reason: 'Unhealthy', count: 1, object: 'Pod/a' };
    const events = [
      { ...said, message: 'of the proxy', container: 'proxy' },
      { ...said, message: 'of the app', container: 'app' },
    ];
    const incident = { ...base.environment.incident, class: 'probe', reason: 'Unhealthy' };
    const story = { ...withEnvironment({ incident, events, containers: [] }), container: 'app' };
    expect(whyLines(story)[0]).toBe('**Why**: `Unhealthy`: `of the app`');
  });
});

describe('the last change', () => {
  const rollout = { revision: '7', previousRevision: '6', changes: [] };

  test.each([
    [2 * MINUTE, '2 min before it began failing'],
    [0, 'just before it began failing'],
    [-2 * MINUTE, '2 min after it began failing'],
  ])('%d ms before', (gap, expected) => {
    const changedAt = new Date(since - gap).toISOString();
    const [line] = changeLines(withEnvironment({ rollout: { ...rollout, changedAt } }));
    expect(line).toContain(`UTC, ${expected}: its containers are as they were before`);
  });

  test('without a time is one that was rolled back to', () => {
    const { previousRevision: _previous, ...first } = rollout;
    expect(changeLines(withEnvironment({ rollout }))[0]).toContain('at a time that is not recorded');
    expect(changeLines(withEnvironment({ rollout: first }))[0]).toContain('the first revision');
  });

  test('lists a bounded number of differences and names', () => {
    const names = Array.from({ length: 10 }, (_, at) => `NAME_${at}`);
    const image = { from: 'a', to: 'b' };
    const changes = Array.from({ length: 9 }, (_, at) => ({ container: `c${at}`, image }));
    const environment = { added: names, removed: [], changed: [] };
    const [line] = changeLines(
      withEnvironment({ rollout: { ...rollout, changes: [{ container: 'a', environment }, ...changes] } }),
    );
    expect(line).toContain('variables of `a` added: `NAME_0`, ');
    expect(line).toContain('`NAME_7` and 2 more; image of `c0` from `a` to `b`');
    expect(line).toMatch(/; and 4 more$/);
  });

  test('of what has no revisions is when it was made, if that is not long ago', () => {
    const { rollout: _rollout, ...environment } = base.environment;
    const made = (gap: number): Story => ({
      ...base,
      environment: {
        ...environment,
        owner: { ...environment.owner, createdAt: new Date(since - gap).toISOString() },
      },
    });
    expect(changeLines(made(HOUR))[0]).toMatch(/^\*\*Created\*\*: .*, 1 h before it began failing$/);
    expect(changeLines(made(2 * DAY))).toEqual([]);
    expect(changeLines({ ...base, environment })).toEqual([]);
  });
});

describe('the container that fails', () => {
  const [usual] = base.environment.containers;
  if (usual === undefined) throw new Error('no container');
  const well = { ...usual, name: 'well', ready: true, state: { running: {} }, lastState: {} };
  const ended = { ...well, name: 'ended', state: { terminated: { exitCode: 2 } } };
  const waits = { ...well, name: 'waits', state: { waiting: { reason: 'ErrImagePull' } } };
  const creating = { ...well, name: 'creating', state: { waiting: { reason: 'ContainerCreating' } } };
  const notReady = { ...well, name: 'notReady', ready: false };
  const debug = { ...ended, name: 'debug', role: 'ephemeral' as const };

  test.each([
    ['well', [ended, well], 'well'],
    [undefined, [well, waits, ended], 'ended'],
    [undefined, [well, notReady, waits], 'waits'],
    [undefined, [well, creating, notReady], 'notReady'],
    [undefined, [well, creating, debug], undefined],
    ['gone', [well], undefined],
  ] as const)('named %j', (name, containers, expected) => {
    const environment = { ...base.environment, containers: [...containers] };
    expect(failingContainer(environment, name)?.name).toBe(expected);
  });
});

describe('what the log says', () => {
  const [container] = base.environment.containers;
  const says = (lines: readonly string[]): readonly string[] => {
    const log: LogFacts = { container: 'x', pod: 'p', previous: true, lines: [...lines] };
    return logLines({ ...base.environment, logs: [log] }, container);
  };

  test.each([
    [
      ['Exception in thread "main" java.lang.Boom', '    at a.b(C.java:1)'],
      '`Exception in thread "main" java.lang.Boom`',
    ],
    [['error: no', 'bye'], '`error: no`'],
    [[''], 'nothing, it wrote no line'],
    [[], 'nothing, it wrote no line'],
  ])('%j', (lines, expected) => {
    expect(says(lines)).toEqual([`**Log says**: ${expected}`]);
  });

  test('is its last line where none looks like an error', () => {
    expect(says(['a', 'listening on :8080', ''])).toEqual(['**Last line of its log**: `listening on :8080`']);
    expect(says(['0 errors', 'bye'])).toEqual(['**Last line of its log**: `bye`']);
  });

  test('is why it could not be read', () => {
    const omitted = [{ field: 'logs', reason: 'switched off' }];
    expect(logLines({ ...base.environment, logs: [], omitted }, container)).toEqual([
      '**Log**: not read, as `switched off`',
    ]);
    expect(logLines({ ...base.environment, logs: [], omitted: [] }, container)).toEqual([]);
  });
});

describe('events', () => {
  const quote = quoteFor(base);
  const event = (type: string, reason: string, more: Partial<EventFacts> = {}): EventFacts => ({
    type,
    reason,
    message: 'm',
    count: 1,
    object: 'Pod/a',
    lastAt: new Date(Date.parse(base.environment.collectedAt) - 61 * MINUTE).toISOString(),
    ...more,
  });
  const shown = (events: readonly EventFacts[], most = 10): readonly string[] =>
    (eventSections({ ...base.environment, events: [...events] }, quote, most)[0] ?? '')
      .split('\n')
      .filter((line) => line.includes(': m'));

  test('come warnings first, without what every pod goes through, in columns', () => {
    expect(
      shown([
        event('Normal', 'Pulled'),
        event('Normal', 'ScalingReplicaSet', { count: 2 }),
        event('Warning', 'BackOff', { lastAt: base.environment.collectedAt }),
        event('Warning', 'Unhealthy', { lastAt: 'never' }),
      ]),
    ).toEqual([
      '      0 s ago  Warning  BackOff            Pod/a: m',
      '               Warning  Unhealthy          Pod/a: m',
      '1 h 1 min ago  Normal   ScalingReplicaSet  Pod/a (2 times): m',
    ]);
  });

  test('that every pod goes through are shown when there are no others', () => {
    expect(shown([event('Normal', 'Pulled'), event('Normal', 'Started')])).toHaveLength(2);
  });

  test('beside warnings are few', () => {
    const others = Array.from({ length: 9 }, (_, n) => event('Normal', `Scaling${n}`));
    expect(shown(others)).toHaveLength(9);
    expect(shown([...others, event('Warning', 'BackOff')])).toHaveLength(5);
  });

  test('that say the same of several objects are one row, with all that were counted', () => {
    const rowsOf = (events: readonly EventFacts[]): readonly string[] =>
      (eventSections({ ...base.environment, events: [...events] }, quote, 10)[0] ?? '')
        .split('\n')
        .filter((line) => line.includes('  Warning  '));
    const refused = (pod: string, count: number) => ({
      ...event('Warning', 'FailedCreate'),
      object: 'ReplicaSet/web-6f7d9c5b8',
      message: `Error creating: pods "web-6f7d9c5b8-${pod}" is forbidden: exceeded quota: team`,
      count,
    });
    const rows = rowsOf([refused('x2x7k', 3), refused('zl9pp', 1), refused('kk4wz', 4)]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain(
      'ReplicaSet/web-6f7d9c5b8 (8 times): Error creating: pods "web-6f7d9c5b8-x2x7k"',
    );
    const probes = ['web-0', 'web-1'].map((name) => ({
      ...event('Warning', 'Unhealthy'),
      object: `Pod/${name}`,
      message: 'no',
    }));
    expect(rowsOf(probes)).toEqual([expect.stringContaining('Pod/web-0 and 1 more (2 times): no')]);
    const others = [
      refused('x2x7k', 1),
      { ...refused('x2x7k', 1), message: 'Error creating: no such service account' },
    ];
    expect(rowsOf(others)).toHaveLength(2);
  });

  test('are bounded, and no section where there is none', () => {
    expect(shown([event('Warning', 'A'), event('Warning', 'B')], 1)).toHaveLength(1);
    expect(eventSections(base.environment, quote, 0)).toEqual([]);
    expect(eventSections({ ...base.environment, events: [] }, quote, 10)).toEqual([]);
  });
});
