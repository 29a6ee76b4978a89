import { describe, expect, test } from '@jest/globals';
import type { Environment, OwnerFacts } from '../../../src/domain/environment.ts';
import { commands, NOT_READY } from '../../../src/tickets/render/commands.ts';
import type { FailureClass } from '../../../src/domain/failure-classes.ts';
import type { Story } from '../../../src/tickets/render/story.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x');

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
      'kubectl -n shop logs pod/x -c x --tail=100 --previous || kubectl -n shop logs pod/x -c x --tail=100',
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

describe('commands that fit what fails', () => {
  function of(failureClass: FailureClass, more: Partial<Environment> = {}, message = 'm'): readonly string[] {
    const story = bare({}, more);
    const incident = { ...story.environment.incident, class: failureClass, reason: 'Odd' };
    return commands({
      ...story,
      message,
      environment: { ...story.environment, incident, events: [], ...more },
    });
  }
  const pod = {
    name: 'p',
    namespace: 'shop',
    uid: 'u',
    phase: 'Pending',
    labels: {},
    conditions: [],
    volumes: [],
  };
  const storage = { claims: [], volumes: [], classes: [], attachments: [] };
  const claim = { name: 'data', phase: 'Bound', accessModes: [], conditions: [] };
  const volume = { name: 'pv-1', phase: 'Bound', accessModes: [], nodeAffinity: [] };

  test.each<[FailureClass, string, Partial<Environment>, string]>([
    [
      'storage',
      'kubectl -n shop describe pvc/data',
      { storage: { ...storage, claims: [claim], volumes: [volume] } },
      'm',
    ],
    [
      'storage',
      'kubectl describe pv/pv-1',
      { storage: { ...storage, claims: [claim], volumes: [volume] } },
      'm',
    ],
    [
      'storage',
      'kubectl get volumeattachments',
      { storage: { ...storage, claims: [claim], volumes: [volume] } },
      'm',
    ],
    [
      'storage',
      'kubectl -n shop get pvc',
      { storage: { ...storage, claims: [{ ...claim, phase: 'NotFound' }] } },
      'm',
    ],
    ['create', 'kubectl -n shop describe resourcequota', { refusal: { by: 'quota', message: 'm' } }, 'm'],
    [
      'create',
      'kubectl -n shop get pods',
      { refusal: { by: 'quota', message: 'm' }, owner: { ...base.environment.owner, kind: 'ResourceQuota' } },
      'm',
    ],
    [
      'create',
      'kubectl get namespace/shop --show-labels',
      { refusal: { by: 'podSecurity', message: 'm' } },
      'm',
    ],
    [
      'create',
      'kubectl -n shop get serviceaccounts',
      { refusal: { by: 'serviceAccount', message: 'm' } },
      'm',
    ],
    ['create', 'kubectl -n shop describe resourcequota,limitrange', {}, 'm'],
    ['config', 'kubectl -n shop get secrets', {}, 'secret "payments" not found'],
    ['config', 'kubectl -n shop get configmaps', {}, 'configmap "settings" not found'],
    [
      'config',
      'kubectl -n shop describe secret/payments',
      {},
      "couldn't find key token in Secret shop/payments",
    ],
    [
      'create',
      'kubectl -n mesh get endpointslices -l kubernetes.io/service-name=injector',
      {
        refusal: {
          by: 'webhookUnreachable',
          message: 'Post "https://injector.mesh.svc:443/inject": no endpoints',
        },
      },
      'm',
    ],
    [
      'create',
      'kubectl -n mesh get service/injector -o wide',
      {
        refusal: {
          by: 'webhookUnreachable',
          message: 'Post "https://injector.mesh.svc:443/inject": no endpoints',
        },
      },
      'm',
    ],
    [
      'image',
      'kubectl -n shop get secret/registry',
      { pod: { ...pod, imagePullSecrets: ['registry'] } },
      '401 Unauthorized: access denied',
    ],
    [
      'image',
      'kubectl -n shop get serviceaccount/app -o yaml',
      { pod: { ...pod, serviceAccountName: 'app' } },
      'access denied',
    ],
    [
      'eviction',
      'kubectl get pods -A -o wide --field-selector spec.nodeName=n',
      { pod: { ...pod, nodeName: 'n' } },
      'm',
    ],
    ['start', 'kubectl get runtimeclasses', { pod: { ...pod, runtimeClassName: 'gvisor' } }, 'm'],
    ['rollout', 'kubectl -n shop rollout status deployment/a --watch=false', {}, 'm'],
    ['terminating', "kubectl -n shop get pod/p -o jsonpath='{.metadata.finalizers}'", { pod }, 'm'],
  ])('%s: %s', (failureClass, expected, more, message) => {
    expect(of(failureClass, more, message)).toContain(expected);
  });

  test('ask for no claim where a path of the node is mounted', () => {
    const asked = of('storage', {}, 'hostPath type check failed: /run/a.sock is not a socket file');
    expect(asked.join('\n')).not.toMatch(/pvc|storageclass/);
    expect(of('storage', {}, 'm').join('\n')).toMatch(/pvc.*storageclass/s);
  });

  test('ask for the labels that the pod selects nodes by', () => {
    const scheduling = {
      requests: {},
      nodeSelector: { gpu: 'yes' },
      affinity: [],
      tolerations: [],
      topologySpread: [],
      refusals: [],
      nodes: [],
    };
    expect(of('scheduling', { scheduling })).toContain('kubectl get nodes -L gpu');
    expect(of('scheduling')).toContain('kubectl get nodes -o wide');
  });

  test('have nothing of logins where the image does not exist', () => {
    const named = { pod: { ...pod, imagePullSecrets: ['registry'] } };
    expect(of('image', named, 'not found').join('\n')).not.toContain('secret/');
  });
});

describe('commands of an autoscaler', () => {
  const of = (message: string): readonly string[] => {
    const story = bare({ kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2' }, { events: [] });
    const incident = { ...story.environment.incident, class: 'event', reason: 'FailedGetResourceMetric' };
    return commands({ ...story, message, environment: { ...story.environment, incident } });
  };

  test('read the requests where one is missing, and nothing of metrics-server', () => {
    const lines = of('failed to get cpu utilization: missing request for cpu in container app of Pod web-1');
    expect(lines).toContain(
      `kubectl -n shop get pod/web-1 -o jsonpath='{range .spec.containers[*]}{.name}: {.resources.requests}{"\\n"}{end}'`,
    );
    expect(lines.join()).not.toContain('metrics');
    // Kubernetes before 1.20; Kubernetes before 1.14 names no container.
    expect(of('missing request for cpu on container envoy in pod test/web-1').at(-1)).toContain('pod/web-1 ');
    expect(of('missing request for cpu').at(-1)).toBe('kubectl -n shop get pods --show-labels');
  });

  test.each([
    ['did not receive metrics for targeted pods (pods might be unready)', 'get pods --show-labels'],
    [
      'unable to fetch metrics from external metrics API: no matching metrics found',
      'get apiservices | grep',
    ],
  ])('read what fits the message: %s', (message, expected) => {
    expect(of(message).join('\n')).toContain(expected);
    expect(of(message).join('\n')).not.toContain('metrics-server');
  });

  test('read metrics-server where it does not answer', () => {
    expect(of('unable to fetch metrics from resource metrics API').join()).toContain(
      'v1beta1.metrics.k8s.io',
    );
  });
});

describe('what is missing', () => {
  test.each([
    ['Secret', 'kubectl -n shop get secrets'],
    ['ConfigMap', 'kubectl -n shop get configmaps'],
    ['ServiceAccount', 'kubectl -n shop get serviceaccounts'],
    ['StorageClass', 'kubectl get storageclasses'],
  ])('is not described: %s', (kind, expected) => {
    const lines = commands(bare({ kind, apiVersion: 'v1' }));
    expect(lines).toContain(expected);
    expect(lines.join()).not.toContain('describe');
  });
});

test('a storm is looked at by readiness, as pods in a crash loop are Running', () => {
  const lines = commands({ ...bare({ kind: 'Cluster', apiVersion: '', namespace: '' }), trigger: 'storm' });
  expect(lines).toContain(NOT_READY);
  expect(lines.join()).not.toContain('status.phase');
});
