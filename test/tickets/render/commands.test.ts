import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from '../../../src/domain/clock.ts';
import type { Environment, OwnerFacts } from '../../../src/domain/environment.ts';
import { commands, undoCommand } from '../../../src/tickets/render/commands.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x');
const since = Date.parse(base.environment.incident.since);

/** A story about an owner of which nothing else is known. */
function bare(owner: Partial<OwnerFacts>, more: Partial<Environment> = {}): Story {
  const { pod: _pod, node: _node, rollout: _rollout, ...rest } = base.environment;
  const incident = { ...rest.incident, class: 'event' };
  const environment = {
    ...rest,
    incident,
    containers: [],
    ...more,
    owner: { ...rest.owner, name: 'a', ...owner },
  };
  return { ...base, environment };
}

describe('commands that read', () => {
  test.each([
    ['Deployment', ['kubectl -n shop describe deployment/a', 'kubectl -n shop rollout history deployment/a']],
    [
      'StatefulSet',
      ['kubectl -n shop describe statefulset/a', 'kubectl -n shop rollout history statefulset/a'],
    ],
    ['DaemonSet', ['kubectl -n shop describe daemonset/a', 'kubectl -n shop rollout history daemonset/a']],
    ['Job', ['kubectl -n shop describe job/a', 'kubectl -n shop get pods -l job-name=a']],
    [
      'CronJob',
      [
        'kubectl -n shop describe cronjob/a',
        'kubectl -n shop get jobs --sort-by=.metadata.creationTimestamp',
      ],
    ],
    ['Pod', ['kubectl -n shop describe pod/a']],
  ])('of a %s', (kind, expected) => {
    const apiVersion = kind.endsWith('Job') ? 'batch/v1' : 'apps/v1';
    expect(commands(bare({ kind, apiVersion }))).toEqual(expected);
  });

  test('of what has no namespace', () => {
    expect(commands(bare({ kind: 'Node', apiVersion: 'v1', namespace: '' }))).toEqual([
      'kubectl describe node/a',
      'kubectl get pods -A -o wide --field-selector spec.nodeName=a',
    ]);
    expect(commands(bare({ kind: 'Namespace', apiVersion: 'v1', namespace: '' }))).toEqual([
      'kubectl get namespace/a -o yaml',
      'kubectl -n a get pods',
      'kubectl -n a get events --sort-by=.lastTimestamp',
    ]);
  });

  test('of a custom kind name it in full', () => {
    expect(commands(bare({ kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1' }))).toEqual([
      'kubectl -n shop describe Rollout.v1alpha1.argoproj.io/a',
    ]);
  });

  test('of a kind that is the name of a property every object has', () => {
    expect(commands(bare({ kind: 'constructor', apiVersion: 'v1' }))).toEqual([
      'kubectl -n shop describe constructor/a',
    ]);
  });

  test('begin with the log of the run that ended', () => {
    expect(commands(base).slice(0, 2)).toEqual([
      'kubectl -n shop logs pod/x -c x --tail=100 --previous',
      'kubectl -n shop describe pod/x',
    ]);
  });

  test('have no log where none was written', () => {
    const [container] = base.environment.containers;
    if (container === undefined) throw new Error('no container');
    const waiting = {
      ...container,
      restartCount: 0,
      state: { waiting: { reason: 'ErrImagePull' } },
      lastState: {},
    };
    const environment = { ...base.environment, containers: [waiting] };
    expect(commands({ ...base, environment }).join('\n')).not.toContain(' logs ');
  });

  test('quote every name', () => {
    const story = bare({ kind: 'Job', apiVersion: 'batch/v1', name: '$(reboot)', namespace: "a' b" });
    expect(commands(story)).toEqual([
      `kubectl -n 'a'\\'' b' describe 'job/$(reboot)'`,
      `kubectl -n 'a'\\'' b' get pods -l 'job-name=$(reboot)'`,
    ]);
  });
});

describe('the command that goes back', () => {
  const changed = (
    at: number | undefined,
    previousRevision: string | undefined = '6',
  ): Partial<Environment> => ({
    rollout: {
      revision: '7',
      changes: [],
      ...(at === undefined ? {} : { changedAt: new Date(at).toISOString() }),
      ...(previousRevision === '' ? {} : { previousRevision }),
    },
  });

  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])('of a %s', (kind) => {
    expect(undoCommand(bare({ kind }, changed(since - HOUR)))).toBe(
      `kubectl -n shop rollout undo ${kind.toLowerCase()}/a --to-revision=6`,
    );
  });

  test('is offered when it is not known when it was changed', () => {
    expect(undoCommand(bare({}, changed(undefined)))).toBeDefined();
  });

  test.each([
    ['for a kind without rollouts', bare({ kind: 'Job' }, changed(since - HOUR))],
    ['without a revision before', bare({}, changed(since - HOUR, ''))],
    ['without a rollout', bare({})],
    ['for a change that has worked for long', bare({}, changed(since - 8 * DAY))],
    ['for a request by hand', { ...bare({}, changed(since - HOUR)), trigger: 'manual' as const }],
  ])('is not offered %s', (_case, story) => {
    expect(undoCommand(story)).toBeUndefined();
  });
});
