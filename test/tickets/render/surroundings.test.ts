import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../src/domain/environment.ts';
import type {
  CronJobFacts,
  JobFacts,
  NamespaceFacts,
  NodeFacts,
  SchedulingFacts,
  StorageFacts,
} from '../../../src/domain/environment-facts.ts';
import { deletionLines } from '../../../src/tickets/render/surroundings.ts';
import { factLines } from '../../../src/tickets/render/facts.ts';
import { placementSections } from '../../../src/tickets/render/placement.ts';
import { revisionLines } from '../../../src/tickets/render/rollout.ts';
import { storyOf } from './hostile.ts';

const story = storyOf('x');
const { environment: whole } = story;
/** Facts of what stands around a failure. */
const AROUND =
  /^\*\*(?:Claim|Volume|Refused by|Quota|Limits|Pod Security|Pods|The pod wants|Last sign of life|Machine|Taints|On node|Schedule|Runs|Attempts)\*?/;
const { node: wholeNode, rollout: _rollout, pod: wholePod, ...base } = whole;
const at = (minute: number): string => `2026-11-23T03:${String(minute).padStart(2, '0')}:00Z`;
const numbered = (count: number, name = 'n'): string[] =>
  Array.from({ length: count }, (_, n) => `${name}${n}`);

function linesOf(more: Partial<Environment>): readonly string[] {
  const lines = factLines({ ...story, environment: { ...base, ...more } });
  return lines.filter((line) => AROUND.test(line));
}

function aboutClass(failureClass: Environment['incident']['class'], more: Partial<Environment> = {}) {
  return { incident: { ...base.incident, class: failureClass }, ...more };
}

describe('a claim', () => {
  const claim: StorageFacts['claims'][number] = {
    name: 'data',
    phase: 'Pending',
    accessModes: [],
    conditions: [],
  };
  const storageOf = (change: Partial<typeof claim>, more: Partial<StorageFacts> = {}): readonly string[] =>
    linesOf({
      storage: { claims: [{ ...claim, ...change }], volumes: [], classes: [], attachments: [], ...more },
    });
  const fast = { name: 'fast', provisioner: 'csi.example', volumeBindingMode: 'Immediate' };

  test.each<[Partial<typeof claim>, Partial<StorageFacts>, string]>([
    [{}, {}, '`Pending`, without a storage class'],
    [{ storageClass: '' }, {}, '`Pending`, without a storage class'],
    [{ storageClass: 'fast' }, {}, '`Pending`, class `fast`'],
    [
      { storageClass: 'fast' },
      { classes: [{ name: 'fast' }] },
      '`Pending`, class `fast`, which does not exist',
    ],
    [{ storageClass: 'fast', phase: 'Bound' }, { classes: [{ name: 'fast' }] }, '`Bound`, class `fast`'],
    [
      { storageClass: 'fast', phase: 'Bound' },
      { classes: [{ name: 'slow' }, fast] },
      '`Bound`, class `fast` (`csi.example`, `Immediate`)',
    ],
    [
      { storageClass: 'fast' },
      { classes: [{ name: 'fast', provisioner: 'csi.example' }] },
      '`Pending`, class `fast` (`csi.example`)',
    ],
    [
      { requested: '5Gi', accessModes: ['ReadWriteOnce'] },
      {},
      '`Pending`, wants `5Gi ReadWriteOnce`, without a storage class',
    ],
    [
      { phase: 'Bound', usedBy: ['web-0 on a'] },
      {},
      '`Bound`, without a storage class; mounted by `web-0 on a`',
    ],
    [{ usedBy: ['web-0'] }, {}, '`Pending`, without a storage class; wanted by `web-0`'],
    [{ usedBy: [] }, {}, '`Pending`, without a storage class'],
    [{ phase: 'NotFound', usedBy: ['web-0'] }, {}, 'does not exist; wanted by `web-0`'],
    [{ phase: 'NotFound' }, {}, 'does not exist'],
  ])('%j of %j', (change, more, words) => {
    expect(storageOf(change, more)).toEqual([`**Claim** \`data\`: ${words}`]);
  });

  const volume: StorageFacts['volumes'][number] = {
    name: 'pv',
    phase: 'Bound',
    accessModes: [],
    nodeAffinity: [],
  };
  const attached = { volume: 'pv', node: 'a', attached: true };

  test.each<[Partial<typeof volume> | undefined, StorageFacts['attachments'], string]>([
    [undefined, [], ''],
    [undefined, [attached], 'attached to `a`'],
    [{}, [], '`Bound`'],
    [{ driver: 'nfs' }, [], '`Bound`, `driver=nfs`'],
    [{ driver: 'csi.example' }, [], '`Bound`, `driver=csi.example`, attached to no node that is known'],
    [{ handle: 'vol-1' }, [], '`Bound`, `handle=vol-1`'],
    [
      { driver: 'csi.example', handle: 'vol-1' },
      [attached],
      '`Bound`, `driver=csi.example, handle=vol-1`, attached to `a`',
    ],
    [{ nodeAffinity: ['zone in (a)'] }, [], '`Bound`, reached from nodes with `zone in (a)`'],
    [{ phase: 'Failed', message: 'no disk' }, [], '`Failed`, `no disk`'],
    [{}, [{ ...attached, attached: false, error: 'busy' }], '`Bound`, attached to `a` (not yet): `busy`'],
    [{}, [{ ...attached, volume: 'other' }], '`Bound`'],
    [
      {},
      numbered(6).map((node) => ({ ...attached, node })),
      '`Bound`, attached to `n0`, `n1`, `n2`, `n3`, `n4`',
    ],
  ])('with the volume %j, %j', (change, attachments, words) => {
    const volumes =
      change === undefined
        ? []
        : [
            { ...volume, name: 'first' },
            { ...volume, ...change },
          ];
    const lines = storageOf({ volumeName: 'pv' }, { volumes, attachments });
    expect(lines.slice(1)).toEqual([`**Volume** \`pv\`: ${words}`]);
  });

  test('is one of five that are told', () => {
    const claims = numbered(6).map((name) => ({ ...claim, name }));
    expect(linesOf({ storage: { claims, volumes: [], classes: [], attachments: [] } })).toHaveLength(5);
  });
});

describe('the namespace', () => {
  const namespace: NamespaceFacts = { name: 'shop', podSecurity: {}, quotas: [], limitRanges: [] };
  const quota = {
    name: 'team',
    scopes: [],
    resources: [
      { resource: 'cpu', hard: '4', used: '3' },
      { resource: 'pods', hard: '10', used: '10' },
      { resource: 'memory', hard: '8Gi', used: '9Gi' },
      { resource: 'secrets', hard: '5', used: '' },
      { resource: 'odd', hard: 'x', used: '7' },
    ],
  };
  const full = {
    ...namespace,
    quotas: [quota],
    limitRanges: ['Container max cpu=1'],
    podSecurity: { enforce: 'restricted' },
  };
  const used = '**Quota** `team`: `pods 10 of 10`, `memory 9Gi of 8Gi`';
  const all = [
    `${used}, \`cpu 3 of 4\`, \`secrets ? of 5\`, \`odd 7 of x\``,
    '**Limits**: `Container max cpu=1`',
    '**Pod Security**: `enforce=restricted`',
  ];

  test('tells only the quota that is used up where it is not the question', () => {
    expect(linesOf(aboutClass('crash', { namespace: full }))).toEqual([used]);
    const roomy = { ...quota, resources: quota.resources.slice(0, 1) };
    expect(linesOf(aboutClass('crash', { namespace: { ...full, quotas: [roomy] } }))).toEqual([]);
  });

  test('tells everything to what is refused for a reason that nobody knows, and to a request', () => {
    expect(linesOf(aboutClass('create', { namespace: full }))).toEqual(all);
    const other = { by: 'other', message: '' } as const;
    expect(linesOf(aboutClass('create', { namespace: full, refusal: other }))).toEqual([
      '**Refused by**: the API server',
      ...all,
    ]);
    const asked = { ...base.incident, class: 'manual', trigger: 'manual' } as const;
    expect(linesOf({ incident: asked, namespace: full })).toEqual(all);
    expect(linesOf(aboutClass('create', { namespace }))).toEqual([]);
  });

  test.each([
    ['quota', 'quota `q`', all.slice(0, 1)],
    ['limitRange', 'a LimitRange `q`', all.slice(1, 2)],
    ['podSecurity', 'Pod Security level `q`', all.slice(2)],
    ['webhook', 'admission webhook `q`', []],
    ['webhookUnreachable', 'the silence of admission webhook `q`', []],
    ['admissionPolicy', 'admission policy `q`', []],
    ['serviceAccount', 'missing service account `q`', []],
    ['priorityClass', 'missing priority class `q`', []],
  ] as const)('tells to what is refused by %s what that is about', (by, words, lines) => {
    const refusal = { by, name: 'q', message: '' };
    expect(linesOf(aboutClass('create', { namespace: full, refusal }))).toEqual([
      `**Refused by**: ${words}`,
      ...lines,
    ]);
  });

  test.each<[NonNullable<NamespaceFacts['pods']>, string]>([
    [{ count: 0, phases: {}, notReady: [] }, '0'],
    [{ count: 2, phases: { Running: 2 }, notReady: [] }, '2 (`2 Running`); all that should be ready are'],
    [
      { count: 3, phases: { Running: 2, Pending: 1 }, notReady: ['a'] },
      '3 (`2 Running, 1 Pending`); not ready: `a`',
    ],
  ])('has the pods %j', (pods, words) => {
    expect(linesOf({ namespace: { ...namespace, pods } })).toEqual([`**Pods**: ${words}`]);
  });
});

describe('what a pod wants of a node', () => {
  const scheduling: SchedulingFacts = {
    requests: {},
    nodeSelector: {},
    affinity: [],
    tolerations: [],
    topologySpread: [],
    refusals: [],
    nodes: [],
  };
  test.each<[Partial<SchedulingFacts>, string]>([
    [{}, 'no requests'],
    [{ requests: { cpu: '2', memory: '1Gi' } }, '`cpu=2, memory=1Gi`'],
    [{ nodeSelector: { disk: 'ssd' } }, 'no requests; labels `disk=ssd`'],
    [{ affinity: ['zone in (a)'] }, 'no requests; affinity `zone in (a)`'],
    [{ topologySpread: ['by zone'] }, 'no requests; spread `by zone`'],
    [{ tolerations: ['team exists'] }, 'no requests; to tolerate `team exists`'],
    [{ tolerations: ['node.kubernetes.io/not-ready exists:NoExecute for 300s'] }, 'no requests'],
    [
      { tolerations: ['node.kubernetes.io/disk-pressure exists:NoExecute for 300s', 'a'] },
      'no requests; to tolerate `node.kubernetes.io/disk-pressure exists:NoExecute for 300s`, `a`',
    ],
    [{ priority: 0 }, 'no requests'],
    [{ priority: 7 }, 'no requests; priority 7'],
  ])('%j', (change, words) => {
    expect(linesOf({ scheduling: { ...scheduling, ...change } })).toEqual([`**The pod wants**: ${words}`]);
  });

  const quote = { block: (lines: readonly string[]) => lines.join('\n') } as Parameters<
    typeof placementSections
  >[1];
  const sectionOf = (nodes: SchedulingFacts['nodes'], most: number, nodeCount?: number) =>
    placementSections(
      { ...base, scheduling: { ...scheduling, nodes, ...(nodeCount === undefined ? {} : { nodeCount }) } },
      quote,
      most,
    );

  test('is compared node by node, as many as are asked for', () => {
    const nodes = [
      { name: 'a', lacks: [], free: { cpu: '1' }, takenBy: ['shop/x cpu=3'] },
      { name: 'b', lacks: ['it is cordoned', 'no gpu'], free: { cpu: '2' } },
    ];
    const a =
      'a: nothing that was compared (other pods, volumes and ports were not); free cpu=1; most by shop/x cpu=3';
    const b = 'b: it is cordoned; no gpu';
    const head = '### What the nodes lack\n\n';
    expect(sectionOf(nodes, 5)).toEqual([`${head}All nodes:\n\n${a}\n${b}`]);
    expect(sectionOf(nodes, 2, 2)).toEqual([`${head}All nodes:\n\n${a}\n${b}`]);
    expect(sectionOf(nodes, 1)).toEqual([`${head}1 of 2 nodes, those that lack least first:\n\n${a}`]);
    expect(sectionOf(nodes, 5, 9)).toEqual([
      `${head}2 of 9 nodes, those that lack least first:\n\n${a}\n${b}`,
    ]);
    expect([sectionOf(nodes, 0), sectionOf([], 5), placementSections(base, quote, 5)]).toEqual([[], [], []]);
  });
});

describe('a node', () => {
  const node: NodeFacts = { name: 'a', conditions: [], capacity: {}, allocatable: {}, taints: [] };
  const owner = { ...base.owner, kind: 'Node', namespace: '', name: 'a' };
  const collectedAt = at(10);

  test('that is the owner tells its last sign of life, its machine and its taints', () => {
    const taints = [
      { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
      { key: 'down', effect: 'NoExecute' },
    ];
    const telling = { ...node, heartbeatAt: at(1), providerID: 'aws:///i-1', taints };
    const rest = ['**Machine**: `aws:///i-1`', '**Taints**: `gpu=yes:NoSchedule`, `down:NoExecute`'];
    expect(linesOf({ owner, collectedAt, node: telling })).toEqual([
      '**Last sign of life**: 2026-11-23 03:01:00 UTC, 9 min before this was read',
      ...rest,
    ]);
    expect(linesOf({ owner, collectedAt, node: { ...telling, leaseRenewedAt: at(4) } })).toEqual([
      '**Last sign of life**: 2026-11-23 03:04:00 UTC, 6 min before this was read',
      ...rest,
    ]);
    expect(linesOf({ collectedAt, node: telling })).toEqual([]);
    expect(linesOf({ owner, collectedAt, node })).toEqual([]);
  });

  const fails = (count: number) => numbered(count).map((name) => ({ namespace: 'shop', name, reason: 'r' }));
  test.each<[Partial<NodeFacts>, NonNullable<NodeFacts['pods']>, string]>([
    [{}, { count: 1, failingCount: 0, failing: [] }, '1 pod; none of them fails'],
    [
      { allocatable: { cpu: '3800m', memory: '7Gi' }, requested: { cpu: '2' } },
      { count: 3, failingCount: 1, failing: fails(1) },
      '3 pods, which request `cpu 2 of 3.8, memory 0 of 7Gi`; failing: `shop/n0: r`',
    ],
    [
      { allocatable: { cpu: 'x' } },
      { count: 0, failingCount: 0, failing: [] },
      '0 pods, which request `cpu 0 of x`; none of them fails',
    ],
    [
      {},
      { count: 9, failingCount: 7, failing: fails(6) },
      '9 pods; failing: `shop/n0: r`, `shop/n1: r`, `shop/n2: r`, `shop/n3: r`, `shop/n4: r` and 2 more',
    ],
    [
      {},
      { count: 9, failingCount: 5, failing: fails(5) },
      '9 pods; failing: `shop/n0: r`, `shop/n1: r`, `shop/n2: r`, `shop/n3: r`, `shop/n4: r`',
    ],
  ])('%j with the pods %j', (change, pods, words) => {
    expect(linesOf({ node: { ...node, ...change, pods } })).toEqual([`**On node \`a\`**: ${words}`]);
  });
});

describe('work', () => {
  const job: JobFacts = { name: 'import-1', active: 0, succeeded: 0, failed: 1 };

  test.each<[Partial<JobFacts>, string]>([
    [{}, '1 pod failed, 0 succeeded'],
    [{ failed: 2, succeeded: 1, completions: 3, active: 1 }, '2 pods failed, 1 of 3 succeeded, 1 running'],
    [{ failedIndexes: '1,3' }, '1 pod failed, 0 succeeded, failed indexes `1,3`'],
    [{ backoffLimit: 6 }, '1 pod failed, 0 succeeded, backoffLimit 6'],
    [{ backoffLimit: 0 }, '1 pod failed, 0 succeeded, backoffLimit 0'],
    [{ backoffLimit: 1_000_000 }, '1 pod failed, 0 succeeded, backoffLimit 1000000'],
    [
      { backoffLimit: 2_147_483_647, backoffLimitPerIndex: 2 },
      '1 pod failed, 0 succeeded, backoffLimitPerIndex 2',
    ],
    [
      { backoffLimitPerIndex: 0, maxFailedIndexes: 4 },
      '1 pod failed, 0 succeeded, backoffLimitPerIndex 0, maxFailedIndexes 4',
    ],
    [{ activeDeadlineSeconds: 600 }, '1 pod failed, 0 succeeded, deadline 10 min'],
    [{ suspended: true }, '1 pod failed, 0 succeeded, suspended'],
    [{ suspended: false }, '1 pod failed, 0 succeeded'],
  ])('of the Job %j', (change, words) => {
    expect(linesOf({ job: { ...job, ...change }, owner: { ...base.owner, kind: 'Job' } })).toEqual([
      `**Attempts**: ${words}`,
    ]);
  });

  test('of a CronJob names the Job', () => {
    expect(linesOf({ job })).toEqual(['**Attempts** of `import-1`: 1 pod failed, 0 succeeded']);
  });

  const cronJob: CronJobFacts = { schedule: '0 3 * * *', active: 0, runs: [] };
  const never = '`0 3 * * *`, has not run yet, no success is recorded';
  test.each<[Partial<CronJobFacts>, string]>([
    [{}, never],
    [{ timeZone: 'Etc/UTC' }, '`0 3 * * *` in `Etc/UTC`, has not run yet, no success is recorded'],
    [
      { lastScheduledAt: at(5), lastSucceededAt: at(1) },
      '`0 3 * * *`, last run 2026-11-23 03:05:00 UTC, last success 2026-11-23 03:01:00 UTC',
    ],
    [{ concurrencyPolicy: 'Forbid' }, `${never}, concurrency \`Forbid\``],
    [{ active: 2 }, `${never}, 2 running`],
    [{ suspended: true }, `${never}, suspended`],
    [{ suspended: false }, never],
  ])('of the CronJob %j', (change, words) => {
    expect(linesOf({ cronJob: { ...cronJob, ...change } })).toEqual([`**Schedule**: ${words}`]);
  });

  test('tells the last five runs', () => {
    const runs: CronJobFacts['runs'] = [
      { name: 'r1', outcome: 'failed', startedAt: at(1), finishedAt: at(3), reason: 'BackoffLimitExceeded' },
      { name: 'r2', outcome: 'running', startedAt: at(1) },
      { name: 'r3', outcome: 'suspended' },
      { name: 'r4', outcome: 'succeeded', finishedAt: at(3) },
      { name: 'r5', outcome: 'succeeded' },
      { name: 'r6', outcome: 'succeeded' },
    ];
    expect(linesOf({ cronJob: { ...cronJob, runs } })[1]).toBe(
      '**Runs**: `r1` at 2026-11-23 03:01:00 UTC failed after 2 min, `BackoffLimitExceeded`; `r2` at 2026-11-23 03:01:00 UTC running; `r3` suspended; `r4` succeeded; `r5` succeeded',
    );
  });
});

describe('a deletion', () => {
  const asked = { deletionRequestedAt: at(5), finalizers: ['a.example/held'] };
  const line = '**Deletion**: asked for at 2026-11-23 03:05:00 UTC, held by `a.example/held`';

  test.each<[string, Partial<Environment>, readonly string[]]>([
    ['of the owner', { owner: { ...base.owner, ...asked } }, [line]],
    ['of its pod', { pod: wholePod === undefined ? undefined : { ...wholePod, ...asked } }, [line]],
    ['by nobody', {}, ['**Deletion**: no finalizers of its own']],
  ])('%s', (_of, more, lines) => {
    expect(deletionLines({ ...base, ...aboutClass('terminating', more) })).toEqual(lines);
    expect(deletionLines({ ...base, ...aboutClass('crash', more) })).toEqual([]);
  });

  test('of a namespace tells what is left in it', () => {
    const conditions = [
      { type: 'NamespaceContentRemaining', status: 'True', message: 'pods. has 1 resource instances' },
      { type: 'NamespaceDeletionContentFailure', status: 'False', message: 'all well' },
      { type: 'Other', status: 'True' },
    ];
    const lines = (kind: string): readonly string[] =>
      deletionLines({
        ...base,
        ...aboutClass('terminating', { owner: { ...base.owner, kind, conditions } }),
      });
    expect(lines('Namespace').slice(1)).toEqual(['**Left**: `pods. has 1 resource instances`']);
    expect(lines('Deployment').slice(1)).toEqual([]);
  });
});

describe('revisions', () => {
  type Revision = NonNullable<NonNullable<Environment['rollout']>['revisions']>[number];
  const newest: Revision = { name: 'web-2', revision: '2', isCurrent: true, wanted: 3, pods: 1, ready: 0 };
  const older: Revision = { name: 'web-1', revision: '1', isCurrent: false, wanted: 2, pods: 2, ready: 2 };
  const of = (
    failureClass: Environment['incident']['class'],
    revisions: readonly Revision[],
    more: object = {},
  ) =>
    revisionLines({
      ...base,
      ...aboutClass(failureClass),
      rollout: { revision: '2', changes: [], revisions: [...revisions], ...more },
    });
  const newestWords = '`web-2` (newest revision `2`): 1 of 3 pods, 0 ready';
  const olderWords = '`web-1` (revision `1`): 2 of 2 pods, 2 ready';

  test('are told where old and new pods stand beside each other', () => {
    expect(of('crash', [newest, older])).toEqual([`**Revisions**: ${newestWords}; ${olderWords}`]);
    expect(of('node', [newest, older])).toEqual([]);
    expect(of('crash', [newest])).toEqual([]);
    expect(of('crash', [newest, { ...older, wanted: 0, pods: 0 }])).toEqual([]);
    expect(of('crash', [newest, { ...older, wanted: 1, pods: 0, ready: 0 }])).toHaveLength(1);
    expect(of('crash', [newest, { ...older, wanted: 0, pods: 1 }])).toHaveLength(1);
    expect(revisionLines({ ...base, ...aboutClass('crash') })).toEqual([]);
  });

  test('of a rollout are told with its strategy, even a single one', () => {
    expect(of('rollout', [newest], { strategy: 'RollingUpdate' })).toEqual([
      `**Revisions**: ${newestWords}; strategy \`RollingUpdate\``,
    ]);
    expect(of('rollout', [], { paused: true })).toEqual(['**Revisions**: paused']);
    expect(of('rollout', [])).toEqual([]);
    expect(of('crash', [newest, older], { strategy: 'RollingUpdate', paused: false })).toEqual([
      `**Revisions**: ${newestWords}; ${olderWords}`,
    ]);
  });

  test.each<[Partial<Revision>, string]>([
    [{ wanted: undefined, pods: undefined, ready: undefined }, 'its pods are not counted'],
    [{ wanted: undefined, pods: 1, ready: undefined }, '1 pod'],
    [{ wanted: 1, pods: 1, ready: undefined }, '1 of 1 pod'],
  ])('with %j', (change, words) => {
    expect(of('rollout', [{ ...newest, ...change }])).toEqual([
      `**Revisions**: \`web-2\` (newest revision \`2\`): ${words}`,
    ]);
  });

  test('no more than four are told', () => {
    const many = numbered(6).map((name) => ({ ...older, name }));
    expect(of('crash', many)[0]?.split('; ')).toHaveLength(4);
  });
});

test('a node that is not known has no lines', () => {
  expect(wholeNode).toBeDefined();
  expect(linesOf({})).toEqual([]);
});
