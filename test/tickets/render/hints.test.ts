import { describe, expect, test } from '@jest/globals';
import type { ContainerFacts, Environment } from '../../../src/domain/environment.ts';
import type { FailureClass } from '../../../src/domain/failure-classes.ts';
import type { SchedulingFacts, StorageFacts } from '../../../src/domain/environment-facts.ts';
import { hintFor } from '../../../src/tickets/render/hints/index.ts';
import { stoppedBy } from '../../../src/tickets/render/containers.ts';
import { storyOf } from './hostile.ts';

const base = storyOf('x').environment;

/** Nothing is known but the class and what is given. */
function hint(
  failureClass: FailureClass,
  message: string,
  more: Partial<Environment> & { readonly reason?: string; readonly container?: ContainerFacts } = {},
): string | undefined {
  const { reason = 'Odd', container, ...parts } = more;
  const { pod: _pod, rollout: _rollout, node: _node, ...bare } = base;
  const incident = { ...base.incident, class: failureClass, reason };
  const environment = { ...bare, incident, containers: [], events: [], logs: [], ...parts };
  return hintFor({ environment, message }, container);
}

function ended(
  exitCode: number,
  more: Partial<ContainerFacts> & { readonly reason?: string } = {},
): ContainerFacts {
  const [usual] = base.containers;
  if (usual === undefined) throw new Error('no container');
  const { reason = 'Error', ...rest } = more;
  const startedAt = '2026-11-23T03:10:00Z';
  const terminated = { exitCode, reason, startedAt, finishedAt: '2026-11-23T03:11:00Z' };
  const resources = { requests: {}, limits: { memory: '64Mi' } };
  return { ...usual, name: 'app', role: 'app', resources, state: { terminated }, lastState: {}, ...rest };
}

function event(
  reason: string,
  message: string,
  lastAt = '2026-11-23T03:11:00Z',
): Environment['events'][number] {
  return {
    type: reason === 'Killing' ? 'Normal' : 'Warning',
    reason,
    message,
    count: 3,
    lastAt,
    object: 'Pod/a',
  };
}

describe('a crash', () => {
  test.each([
    [0, /stay in the foreground/],
    [126, /may not be run/],
    [127, /not found/],
    [128, /could not be started/],
    [134, /SIGABRT/],
    [137, /neither the memory limit nor a probe/],
    [139, /SIGSEGV/],
    [143, /no probe is named/],
  ])('with exit code %d', (exitCode, expected) => {
    expect(hint('crash', 'm', { container: ended(exitCode) })).toMatch(expected);
  });

  test('with any other exit code has none: the log says why', () => {
    expect(hint('crash', 'm', { container: ended(3) })).toBeUndefined();
  });

  test('for memory depends on whether there is a limit', () => {
    expect(hint('crash', 'm', { container: ended(137, { reason: 'OOMKilled' }) })).toMatch(
      /more memory than its limit/,
    );
    const resources = { requests: {}, limits: {} };
    expect(hint('crash', 'm', { container: ended(137, { reason: 'OOMKilled', resources }) })).toMatch(
      /node itself ran out/,
    );
  });

  test('that the node lost track of says nothing of SIGKILL', () => {
    expect(hint('crash', 'm', { container: ended(137, { reason: 'ContainerStatusUnknown' }) })).toMatch(
      /lost track/,
    );
  });

  test.each(['init', 'sidecar'] as const)(
    'of a container of kind %s says what it means to the pod',
    (role) => {
      expect(hint('crash', 'm', { container: ended(3, { role }) })).toMatch(/pod/);
    },
  );
});

describe('the probe for which a container was stopped', () => {
  const probes = { liveness: 'exec [a]' };
  const liveness = event('Unhealthy', 'Liveness probe failed: nothing');

  test.each([0, 137, 143])('is known by its failure, with exit code %d', (exitCode) => {
    const container = ended(exitCode, { probes });
    expect(stoppedBy({ events: [liveness] }, container)).toBe('liveness');
    expect(hint('crash', 'm', { container, events: [liveness] })).toMatch(
      /^The kubelet restarts it because its liveness/,
    );
  });

  test('is known by the end that it brings, whatever the exit code', () => {
    const killing = event('Killing', 'Container app failed startup probe, will be restarted');
    expect(stoppedBy({ events: [killing] }, ended(7))).toBe('startup');
    expect(hint('crash', 'm', { container: ended(7), events: [killing] })).toMatch(/startup probe fails/);
  });

  test.each<[string, ContainerFacts, Environment['events']]>([
    ['that ended by itself', ended(1, { probes }), [liveness]],
    ['beside the one whose probe failed', ended(137, { probes }), [{ ...liveness, container: 'proxy' }]],
    ['that was out of memory', ended(137, { probes, reason: 'OOMKilled' }), [liveness]],
    ['without such a probe', ended(137, { probes: {} }), [liveness]],
    [
      'that runs anew since the failure',
      ended(137, { probes }),
      [{ ...liveness, lastAt: '2026-11-23T03:00:00Z' }],
    ],
    [
      'beside the one that was stopped',
      ended(1, { probes }),
      [event('Killing', 'Container other failed liveness probe, will be restarted')],
    ],
    [
      'that a failing readiness probe only takes out of traffic',
      ended(0, { probes }),
      [event('Unhealthy', 'Readiness probe failed: x')],
    ],
  ])('is none for a container %s', (_what, container, events) => {
    expect(stoppedBy({ events }, container)).toBeUndefined();
  });
});

describe('by what is said', () => {
  test.each<[FailureClass, string, RegExp]>([
    ['image', 'a: not found', /does not have this image/],
    [
      'image',
      'the registry answers with an error: 503 Service Unavailable, not found',
      /registry itself answers with errors/,
    ],
    ['image', 'dial tcp: lookup r.example.com: no such host', /does not reach the registry/],
    ['image', '401 Unauthorized', /refuses the login/],
    [
      'image',
      'pull access denied, repository does not exist or may require authorization',
      /no such repository, or that one has to log in/,
    ],
    ['image', 'toomanyrequests: 429 Too Many Requests', /limits how often/],
    ['image', 'x509: certificate signed by unknown authority', /does not trust the certificate/],
    ['image', 'no match for platform in manifest: not found', /kind of processor/],
    ['image', 'no space left on device', /disk of the node/],
    ['config', 'secret "payments" not found', /The Secret does not exist/],
    ['config', 'configmap "settings" not found', /The ConfigMap does not exist/],
    ['config', "couldn't find key token in Secret shop/payments", /lacks this key/],
    ['config', 'container has runAsNonRoot and image will run as root', /may not run as root/],
    ['config', 'exec: "a": executable file not found in $PATH', /does not have this command/],
    ['config', 'exec: "a": permission denied', /may not be run/],
    ['config', 'exec /a: exec format error', /another kind of processor/],
    ['probe', 'Readiness probe failed: dial tcp: connect: connection refused', /Nothing listens/],
    ['probe', 'Readiness probe failed: context deadline exceeded', /longer than the probe waits/],
    ['probe', 'HTTP probe failed with statuscode: 404', /nothing at the path/],
    ['probe', 'HTTP probe failed with statuscode: 503', /says itself that it is not ready/],
    ['start', 'no runtime for "gvisor" is configured', /runtime class/],
    ['start', 'plugin type="cni" failed: no IP addresses available', /no address left/],
    ['eviction', 'The node was low on resource: memory.', /short of memory/],
    ['eviction', 'The node was low on resource: ephemeral-storage.', /disk of the node was nearly full/],
    [
      'eviction',
      'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.',
      /its own limit/,
    ],
    [
      'storage',
      'hostPath type check failed: /run/a.sock is not a socket file',
      /path of its node.*\(hostPath\)/,
    ],
    ['storage', 'Multi-Attach error for volume "a"', /one node at a time/],
    [
      'storage',
      'driver name csi.example.com not found in the list of registered CSI drivers',
      /driver does not run/,
    ],
    ['node', 'PLEG is not healthy: pleg was last seen active 3m ago', /container runtime/],
    ['node', 'container runtime network not ready: cni plugin not initialized', /network of the node/],
  ])('%s: %s', (failureClass, message, expected) => {
    expect(hint(failureClass, message)).toMatch(expected);
  });

  test.each<[FailureClass, string, RegExp]>([
    ['image', 'ErrImageNeverPull', /pull policy is Never/],
    ['image', 'InvalidImageName', /cannot be read/],
    ['node', 'MemoryPressure', /short of memory/],
    ['node', 'Cordoned', /uncordon/],
    ['node', 'DiskPressure', /nearly full/],
    ['node', 'PIDPressure', /Too many processes/],
    ['event', 'FailedKillPod', /does not stop the pod/],
    ['event', 'SystemOOM', /short of memory/],
    ['job', 'DeadlineExceeded', /time was up/],
    ['job', 'PodFailurePolicy', /pod failure policy/],
    ['scheduling', 'Pending', /No scheduler has placed/],
  ])('%s with reason %s', (failureClass, reason, expected) => {
    expect(hint(failureClass, 'm', { reason })).toMatch(expected);
  });

  test.each([
    [
      'missing request for cpu in container app of Pod a-1',
      /`app` requests no `cpu`.*that a webhook adds\.$/,
    ],
    [
      'missing request for cpu in container app of Pod import-29411-x',
      /the selector of its target fits this pod as well/,
    ],
    ['missing request for memory', /a container requests no `memory`/],
    [
      'did not receive metrics for targeted pods (pods might be unready)',
      /metrics-server answers, and of the pods/,
    ],
    ['no metrics returned from resource metrics API', /has measured none of these pods/],
    [
      'unable to fetch metrics from resource metrics API: the server is unable',
      /whether metrics-server runs/,
    ],
    [
      'unable to fetch metrics from external metrics API: no matching metrics found',
      /the adapter that serves/,
    ],
    ['no pods returned by selector while calculating replica count', /the selector of what it scales/],
  ])('of an autoscaler: %s', (message, expected) => {
    const scaleTarget = { kind: 'Deployment', name: 'a' };
    const owner = { ...base.owner, kind: 'HorizontalPodAutoscaler', name: 'import', scaleTarget };
    expect(hint('event', message, { reason: 'FailedGetResourceMetric', owner })).toMatch(expected);
  });

  test('of an autoscaler whose target is not known, the pod may be of another', () => {
    const owner = { ...base.owner, kind: 'HorizontalPodAutoscaler', name: 'a' };
    const message = 'missing request for cpu in container app of Pod a-1';
    expect(hint('event', message, { reason: 'FailedGetResourceMetric', owner })).toMatch(/fits this pod/);
  });

  test('an autoscaler that has nothing to scale is told to compare its target', () => {
    const owner = { ...base.owner, kind: 'HorizontalPodAutoscaler' };
    expect(hint('event', 'deployments.apps "web" not found', { reason: 'FailedGetScale', owner })).toMatch(
      /scaleTargetRef/,
    );
  });

  test('a program cannot choose the hint by its own last words', () => {
    const container = ended(1, { state: { terminated: { exitCode: 1, message: 'secret "a" not found' } } });
    expect(hint('config', 'm', { container })).toBe(hint('config', 'm'));
  });

  test('the failure speaks before older warnings do', () => {
    const events = [event('Failed', 'a: not found')];
    expect(hint('image', '429 Too Many Requests', { events })).toMatch(/limits how often/);
    expect(hint('image', 'cannot pull its image', { events })).toMatch(/does not have this image/);
  });
});

describe('by what was read', () => {
  const scheduling: SchedulingFacts = {
    requests: {},
    nodeSelector: {},
    affinity: [],
    tolerations: [],
    topologySpread: [],
    refusals: [{ nodes: 2, reason: 'Insufficient cpu' }],
    nodes: [],
  };
  const needing = (words: string): SchedulingFacts => ({
    ...scheduling,
    nodes: ['a', 'b'].map((name) => ({ name, lacks: [`cpu: 500 requested, 4 ${words}`] })),
  });

  test('a request that no node could meet is told from nodes that are full', () => {
    expect(hint('scheduling', 'm', { scheduling: needing('allocatable') })).toMatch(
      /^It requests more than any node has/,
    );
    expect(hint('scheduling', 'm', { scheduling: needing('free') })).toMatch(
      /^The nodes that would suit are full/,
    );
    expect(hint('scheduling', 'm', { scheduling })).toMatch(/^The nodes that would suit are full/);
  });

  test('resources have names with dots, and words of the scheduler do without what was read', () => {
    const lacks = ['nvidia.com/gpu: 9 requested, 8 allocatable'];
    const refusals = [{ nodes: 1, reason: 'Insufficient nvidia.com/gpu' }];
    const gpus = { ...scheduling, refusals, nodes: [{ name: 'a', lacks }] };
    expect(hint('scheduling', 'm', { scheduling: gpus })).toMatch(/^It requests more than any node has/);
    const said = '0/1 nodes are available: 1 Insufficient memory.';
    expect(hint('scheduling', said, { scheduling: { ...scheduling, refusals: [] } })).toMatch(
      /^The nodes that would suit are full/,
    );
  });

  test.each([
    ['had untolerated taint {a: b}', /tolerate/],
    ["didn't match Pod's node affinity/selector", /labels that the pod asks for/],
    ["didn't match pod anti-affinity rules", /may not run beside pods/],
    ["didn't match pod topology spread constraints", /topology spread/],
    ['were unschedulable', /cordoned/],
    ["didn't have free ports for the requested pod ports", /host port/],
    ['of nothing that is known', /^Compare requests/],
  ])('no node: %s', (reason, expected) => {
    const refusals = [{ nodes: 1, reason }];
    expect(hint('scheduling', 'Unschedulable', { scheduling: { ...scheduling, refusals } })).toMatch(
      expected,
    );
  });

  const claim = { name: 'data', phase: 'Pending', accessModes: [], conditions: [] };
  const aClass = { name: 'fast', provisioner: 'csi.example.com' };
  test.each<[string, Partial<StorageFacts>, RegExp]>([
    ['no claim', { claims: [{ ...claim, phase: 'NotFound' }] }, /claim does not exist/],
    ['a lost claim', { claims: [{ ...claim, phase: 'Lost' }] }, /is gone/],
    ['a claim without a class', { claims: [claim] }, /no default one/],
    [
      'a claim for a volume made by hand',
      { claims: [{ ...claim, storageClass: '' }] },
      /made by hand|makes by hand/,
    ],
    [
      'no such class',
      { claims: [{ ...claim, storageClass: 'fast' }], classes: [{ name: 'fast' }] },
      /class that the claim names does not exist/,
    ],
    [
      'a slow provisioner',
      { claims: [{ ...claim, storageClass: 'fast' }], classes: [aClass] },
      /has not made the volume/,
    ],
    [
      'a class that waits for the node',
      {
        claims: [{ ...claim, storageClass: 'fast' }],
        classes: [{ ...aClass, volumeBindingMode: 'WaitForFirstConsumer' }],
      },
      /once the pod has a node/,
    ],
    ['a bound claim', { claims: [{ ...claim, phase: 'Bound' }] }, /^Look at the claim/],
  ])('%s', (_what, parts, expected) => {
    const storage = { claims: [], volumes: [], classes: [], attachments: [], ...parts };
    expect(hint('storage', 'm', { storage })).toMatch(expected);
  });

  test.each([
    'quota',
    'podSecurity',
    'webhook',
    'webhookUnreachable',
    'serviceAccount',
    'limitRange',
  ] as const)('who refuses the pods: %s', (by) => {
    const said = hint('create', 'm', { refusal: { by, message: 'm' } });
    expect(said).not.toBe(hint('create', 'm'));
  });

  test('a rollout that waits for a readiness gate, for nobody, or for its container', () => {
    const ready = { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady' };
    const pod = {
      name: 'a',
      namespace: 'shop',
      uid: 'u',
      phase: 'Running',
      labels: {},
      volumes: [],
      conditions: [ready],
    };
    expect(hint('rollout', 'm', { pod })).toMatch(/readiness gate/);
    expect(hint('rollout', 'm', { rollout: { changes: [], paused: true } })).toMatch(/paused/);
    expect(hint('rollout', 'm', { rollout: { changes: [], strategy: 'OnDelete' } })).toMatch(/OnDelete/);
    expect(hint('rollout', 'm', { containers: [ended(127)] })).toMatch(/command was not found.*rollout/);
    expect(hint('rollout', 'm')).toMatch(/the rollout waits for them/);
  });
});
