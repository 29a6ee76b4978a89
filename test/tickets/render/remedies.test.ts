import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '../../../src/domain/clock.ts';
import type { Environment, OwnerFacts, RolloutFacts } from '../../../src/domain/environment.ts';
import { type Remedy, remedies } from '../../../src/tickets/render/remedies.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x');
const since = Date.parse(base.environment.incident.since);
const image = { container: 'x', image: { from: 'a:1', to: 'a:2' } };

function storyWith(owner: Partial<OwnerFacts>, more: Partial<Environment> = {}): Story {
  const { pod: _pod, node: _node, rollout: _rollout, ...rest } = base.environment;
  const incident = { ...rest.incident, class: 'crash', reason: 'CrashLoopBackOff' };
  const environment = {
    ...rest,
    incident,
    events: [],
    ...more,
    owner: { ...rest.owner, name: 'a', ...owner },
  };
  return { ...base, environment };
}

function changed(before: number | undefined, more: Partial<RolloutFacts> = {}): Partial<Environment> {
  const changedAt = before === undefined ? {} : { changedAt: new Date(since - before).toISOString() };
  return { rollout: { revision: '7', previousRevision: '6', changes: [image], ...changedAt, ...more } };
}

function only(story: Story): Remedy {
  const [first, ...others] = remedies(story);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error('no remedy');
  return first;
}

const UNDO = 'kubectl -n shop rollout undo deployment/a --to-revision=6';

describe('to go back', () => {
  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])('of a %s', (kind) => {
    expect(only(storyWith({ kind }, changed(HOUR))).commands).toEqual([
      `kubectl -n shop rollout undo ${kind.toLowerCase()}/a --to-revision=6`,
    ]);
  });

  test('is offered when it is not known when it was changed', () => {
    expect(only(storyWith({}, changed(undefined))).commands).toEqual([UNDO]);
  });

  const { previousRevision: _previous, ...firstRevision } = changed(HOUR).rollout ?? { changes: [] };
  test.each([
    [
      'for a kind without rollouts',
      storyWith({ kind: 'Database', apiVersion: 'example.org/v1' }, changed(HOUR)),
    ],
    ['without a revision before', storyWith({}, { rollout: firstRevision })],
    ['without a rollout', storyWith({})],
    ['for a change of three days ago that is about something else', storyWith({}, changed(3 * DAY))],
    ['for a request by hand', { ...storyWith({}, changed(HOUR)), trigger: 'manual' as const }],
  ])('is not offered %s', (_case, story) => {
    expect(remedies(story)).toEqual([]);
  });

  const limit = { container: 'x', resources: { from: 'limits memory=512Mi', to: 'limits memory=256Mi' } };
  test.each<[string, string, Partial<RolloutFacts>, boolean]>([
    ['crash', 'OOMKilled', { changes: [limit] }, true],
    ['crash', 'OOMKilled', { changes: [image] }, false],
    ['crash', 'OOMKilled', { changes: [{ ...limit, container: 'other' }] }, false],
    ['image', 'ErrImagePull', { changes: [image] }, true],
    ['scheduling', 'Unschedulable', { changes: [], alsoChanged: ['nodeSelector'] }, true],
    ['scheduling', 'Unschedulable', { changes: [image] }, false],
    ['config', 'FailedMount', { changes: [], alsoChanged: ['volumes'] }, true],
    ['rollout', 'ProgressDeadlineExceeded', { changes: [image] }, true],
  ])('of a change of three days ago: %s, %s, %j: %j', (failureClass, reason, change, isOffered) => {
    const story = storyWith({}, changed(3 * DAY, change));
    // Past its deadline a rollout has failed since it was made.
    const began = failureClass === 'rollout' ? story.environment.rollout?.changedAt : undefined;
    const { incident: known } = story.environment;
    const incident = { ...known, class: failureClass as never, reason, since: began ?? known.since };
    expect(remedies({ ...story, environment: { ...story.environment, incident } })).toHaveLength(
      isOffered ? 1 : 0,
    );
  });

  test('is not offered after more than a week, whatever it was about', () => {
    const story = storyWith({}, changed(8 * DAY, { changes: [limit] }));
    const incident = { ...story.environment.incident, reason: 'OOMKilled' };
    expect(remedies({ ...story, environment: { ...story.environment, incident } })).toEqual([]);
  });
});

describe('who keeps it as it is declared elsewhere', () => {
  test.each([
    [{ argoCd: { application: 'shop' } }, 'revert it where Argo CD application `shop` has it from'],
    [
      { flux: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' } },
      'revert it where Flux Kustomization `flux-system/apps` has it from',
    ],
    // What a HelmRelease of Flux has installed Helm alone would bring out of step.
    [
      { flux: { kind: 'HelmRelease', namespace: 'shop', name: 'web' }, helm: { release: 'web' } },
      'revert it where Flux HelmRelease `shop/web` has it from',
    ],
  ])('%j: no command that would be undone', (managed, words) => {
    const remedy = only(storyWith({ managed }, changed(HOUR)));
    expect(remedy.words).toContain(words);
    expect(remedy.commands).toEqual([]);
  });

  test('Helm goes back with all its objects', () => {
    const managed = { helm: { release: 'checkout', namespace: 'shop' } };
    expect(only(storyWith({ managed }, changed(HOUR))).commands).toEqual([
      'helm -n shop history checkout --max 5',
      'helm -n shop rollback checkout',
    ]);
  });
});

describe('a pod that the rollback does not replace', () => {
  const broken = {
    pod: {
      ...base.environment.pod,
      name: 'a-2',
      conditions: [{ type: 'Ready', status: 'False' }],
    } as Environment['pod'],
  };

  test('of a StatefulSet is deleted as well', () => {
    const remedy = only(storyWith({ kind: 'StatefulSet' }, { ...changed(HOUR), ...broken } as never));
    expect(remedy.commands).toEqual([
      'kubectl -n shop rollout undo statefulset/a --to-revision=6',
      'kubectl -n shop delete pod/a-2',
    ]);
    expect(remedy.words).toContain('does not replace a pod that is not ready');
  });

  test('of a Deployment goes by itself', () => {
    expect(only(storyWith({}, { ...changed(HOUR), ...broken } as never)).commands).toEqual([UNDO]);
  });

  test('with the strategy OnDelete changes only when it is deleted', () => {
    const remedy = only(
      storyWith({ kind: 'DaemonSet' }, { ...changed(HOUR, { strategy: 'OnDelete' }), ...broken } as never),
    );
    expect(remedy.commands).toHaveLength(2);
    expect(remedy.words).toContain('OnDelete');
  });
});

describe('to run it once more', () => {
  const job = { ...base.environment.incident, class: 'job', reason: 'BackoffLimitExceeded' } as const;

  test('a Job is made anew without what its controller adds', () => {
    const remedy = only(storyWith({ kind: 'Job', apiVersion: 'batch/v1' }, { incident: job }));
    expect(remedy.commands).toEqual([
      `kubectl -n shop get job/a -o json | jq 'del(.spec.selector, .spec.template.metadata.labels["controller-uid","batch.kubernetes.io/controller-uid","job-name","batch.kubernetes.io/job-name"])' | kubectl -n shop replace --force -f -`,
    ]);
    expect(remedy.words).toContain('deletes the failed Job');
  });

  test('a CronJob gets a run of its own', () => {
    expect(only(storyWith({ kind: 'CronJob', apiVersion: 'batch/v1' }, { incident: job })).commands).toEqual([
      'kubectl -n shop create job a-again --from=cronjob/a',
    ]);
  });
});

describe('a node that does not answer', () => {
  const node = { name: 'a', conditions: [], capacity: {}, allocatable: {}, taints: [] };
  const lost = { ...base.environment.incident, class: 'node', reason: 'NodeStatusUnknown' } as const;
  const of = (
    owners?: Record<string, number>,
    incident: Environment['incident'] = lost,
  ): readonly Remedy[] => {
    const pods = { count: 3, failingCount: 0, failing: [], ...(owners === undefined ? {} : { owners }) };
    return remedies(
      storyWith({ kind: 'Node', apiVersion: 'v1', namespace: '' }, { incident, node: { ...node, pods } }),
    );
  };

  test('is given up only by a person who knows that it is off, with its risk', () => {
    const [remedy] = of({ StatefulSet: 2, ReplicaSet: 9 });
    expect(remedy?.commands).toEqual([
      'kubectl taint nodes a node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
    ]);
    expect(remedy?.words).toMatch(/^Only when the machine is certainly off/);
    expect(remedy?.words).toContain('`kubectl taint nodes a node.kubernetes.io/out-of-service-`');
  });

  test('without anything that would wait for it is not given up', () => {
    expect(of({ ReplicaSet: 9 })).toEqual([]);
    expect(of()).toHaveLength(1);
    expect(of({ StatefulSet: 2 }, { ...lost, reason: 'DiskPressure' })).toEqual([]);
  });
});
