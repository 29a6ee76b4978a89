import { aContainer, aJob, aPodSpec, aWorkload, type Fields } from '../classes/objects.ts';
import { runs } from '../workloads.ts';

/** One failure that was once told as a symptom or as another cause, and what its ticket has to say. */
export interface TextCase {
  /** Part of the namespace's name, in which nothing else is. */
  readonly name: string;
  readonly owner: string;
  /** Made and waited for before it fails. */
  readonly before?: (namespace: string) => readonly Fields[];
  readonly objects: (namespace: string) => readonly Fields[];
  /** Of the subject, after the owner. */
  readonly subject: RegExp;
  /** Of the first line. */
  readonly impact: RegExp;
  /** Of the whole text, and of its part before logs and Events. */
  readonly says: readonly (string | RegExp)[];
  readonly keepsFrom?: readonly (string | RegExp)[];
}

type Kind = Parameters<typeof aWorkload>[0];

function workload(
  kind: Kind,
  name: string,
  container: Fields,
  more: { readonly pod?: Fields; readonly spec?: Fields } = {},
) {
  return (namespace: string): readonly Fields[] => [
    aWorkload(kind, { namespace, name, pod: aPodSpec(container, more.pod), spec: more.spec ?? {} }),
  ];
}

/** The object with what a tool writes on it. */
function marked(
  objects: readonly Fields[],
  annotations: Readonly<Record<string, string>>,
): readonly Fields[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...(object['metadata'] as Fields), annotations },
  }));
}

// Without a probe a pod is ready while its program runs, and the ticket may be written in that moment.
const FAILS_AT_ONCE = /^\*\*(?:Not serving|Unstable): /;
const LISTENING = 'echo "listening on :8080"; sleep 1; exit 1';
const notReady = {
  exec: { command: ['/bin/sh', '-c', 'echo "waiting for feature flags"; exit 1'] },
  periodSeconds: 1,
  timeoutSeconds: 10,
};
const quick = { progressDeadlineSeconds: 10 };
const byArgo = (namespace: string): Readonly<Record<string, string>> => ({
  'argocd.argoproj.io/tracking-id': `shop:apps/Deployment:${namespace}/checkout`,
});
const byHelm = (namespace: string): Readonly<Record<string, string>> => ({
  'meta.helm.sh/release-name': 'checkout',
  'meta.helm.sh/release-namespace': namespace,
});
const checkout = workload('Deployment', 'checkout', aContainer(runs));
const noSuchFlag = workload(
  'Deployment',
  'checkout',
  aContainer('echo "error: no such flag --fast"; exit 2'),
  { spec: { strategy: { type: 'Recreate' } } },
);

const starts: readonly TextCase[] = [
  {
    name: 'hook',
    owner: 'Deployment/checkout',
    objects: workload(
      'Deployment',
      'checkout',
      aContainer('echo "listening on :8080"; sleep 600', {
        lifecycle: {
          postStart: { exec: { command: ['/bin/sh', '-c', 'echo "no route to consul"; exit 4'] } },
        },
      }),
    ),
    subject:
      /container app is stopped as its postStart hook failed(?:: exit code 4: no route to consul| \(exit code)/,
    impact: /^\*\*Not serving: .* has 0 of 1 replica ready/,
    says: [/\*\*Stopped for\*\*: `.*PostStartHook/, 'the program itself did not fail'],
    keepsFrom: ['belongs in a Job', 'should keep running'],
  },
  {
    name: 'start-error',
    owner: 'Deployment/checkout',
    objects: workload('Deployment', 'checkout', aContainer('', { command: ['/etc'] })),
    subject: /StartError, container app cannot start: exec: "\/etc": permission denied/,
    impact: /^\*\*Not serving/,
    says: [/\*\*Why\*\*: .*`exec: "\/etc": permission denied`/],
    keepsFrom: ['failed to create shim task: OCI runtime create failed'],
  },
  {
    name: 'no-error-in-log',
    owner: 'Deployment/checkout',
    objects: workload('Deployment', 'checkout', aContainer(LISTENING)),
    subject: /container app exits with code 1 \(Error\) \[/,
    impact: /^\*\*(?:Not serving|Unstable): .*; [3-9] restarts in \d+ (?:s|min)\.\*\*$/,
    says: ['**Last line of its log**: `listening on :8080`'],
    keepsFrom: ['Log says'],
  },
  {
    name: 'twelve',
    owner: 'Deployment/checkout',
    objects: workload(
      'Deployment',
      'checkout',
      aContainer('echo "Error: connect ECONNREFUSED 10.0.3.17:5432"; exit 1', { name: 'c1' }),
      {
        pod: {
          containers: Array.from({ length: 12 }, (_, n) =>
            aContainer(`echo "Error: connect ECONNREFUSED 10.0.3.${n}:5432"; exit 1`, { name: `c${n + 1}` }),
          ),
        },
      },
    ),
    subject:
      /(?:[2-9]|1[0-2]) of 12 containers crash, all with exit code 1; log says: Error: connect ECONNREFUSED/,
    impact: FAILS_AT_ONCE,
    says: [/\*\*Crashing\*\*: `c1`.*; the \d+ logs that were read say the same/],
  },
  {
    name: 'missing-secret',
    owner: 'Deployment/checkout',
    objects: workload(
      'Deployment',
      'checkout',
      aContainer(runs, { envFrom: [{ secretRef: { name: 'payments' } }] }),
    ),
    subject: /container app cannot start: secret "payments" not found/,
    impact: /^\*\*Not serving/,
    says: ['get secrets'],
    keepsFrom: [/describe secret/],
  },
];

const rollouts: readonly TextCase[] = [
  {
    name: 'rollout',
    owner: 'Deployment/checkout',
    before: workload('Deployment', 'checkout', aContainer(runs), { spec: { ...quick, replicas: 3 } }),
    objects: workload('Deployment', 'checkout', aContainer(runs, { readinessProbe: notReady }), {
      spec: { ...quick, replicas: 3 },
    }),
    subject:
      /ProgressDeadlineExceeded, container app is not ready: Readiness probe failed: waiting for feature flags \(0 of 1 updated replicas/,
    impact: /^\*\*Still serving: .* has 3 of 3 replicas ready, all of the revision before/,
    says: [
      '(0 of 1 updated replicas ready; revision 1 serves 3 of 3)',
      'rollout undo deployment/checkout --to-revision=1',
    ],
    keepsFrom: [/timed out progressing.*timed out progressing/s],
  },
  {
    name: 'broken-set',
    owner: 'StatefulSet/orders',
    before: workload('StatefulSet', 'orders', aContainer(runs), { spec: { replicas: 2 } }),
    objects: workload('StatefulSet', 'orders', aContainer(runs, { image: '127.0.0.1:1/nope:2' }), {
      spec: { replicas: 2 },
    }),
    subject: /container app cannot pull image 127\.0\.0\.1:1\/nope:2/,
    impact: /^\*\*Degraded: .* has 1 of 2 replicas ready/,
    says: [
      'a StatefulSet does not replace a pod that is not ready, so the pod has to be deleted as well',
      /rollout undo statefulset\/orders --to-revision=1\nkubectl -n \S+ delete pod\/orders-1/,
    ],
  },
  {
    name: 'argo',
    owner: 'Deployment/checkout',
    before: (namespace) => marked(checkout(namespace), byArgo(namespace)),
    objects: (namespace) => marked(noSuchFlag(namespace), byArgo(namespace)),
    subject: /exits with code 2 \(Error\); log says: error: no such flag --fast/,
    impact: FAILS_AT_ONCE,
    says: [/\*\*Managed by\*\*: Argo CD/, 'revert it where Argo CD application `shop` has it from'],
    keepsFrom: ['rollout undo'],
  },
  {
    name: 'helm',
    owner: 'Deployment/checkout',
    before: (namespace) => marked(checkout(namespace), byHelm(namespace)),
    objects: (namespace) => marked(noSuchFlag(namespace), byHelm(namespace)),
    subject: /log says: error: no such flag --fast/,
    impact: FAILS_AT_ONCE,
    says: [/\*\*Managed by\*\*: Helm release/, /helm -n \S+ rollback checkout/],
    keepsFrom: ['rollout undo'],
  },
];

const quota = (namespace: string): Fields => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { namespace, name: 'team' },
  spec: { hard: { pods: '0' } },
});

const placements: readonly TextCase[] = [
  {
    name: 'too-big',
    owner: 'Deployment/model',
    objects: workload(
      'Deployment',
      'model',
      aContainer(runs, { resources: { requests: { memory: '64Ti' } } }),
    ),
    subject: /no node can ever take the pod: it requests memory 64Ti, and the largest/,
    impact: /^\*\*Not serving/,
    says: ['It requests more than any node has'],
    keepsFrom: [/add nodes/],
  },
  {
    name: 'refused',
    owner: 'Deployment/checkout',
    objects: (namespace) => [
      quota(namespace),
      ...workload('Deployment', 'checkout', aContainer(runs), { spec: { replicas: 3 } })(namespace),
    ],
    subject: /FailedCreate, pods cannot be created: exceeded quota: team/,
    impact: /^\*\*Not serving: .* has 0 of 3 replicas ready/,
    says: [/\*\*Refused by\*\*: .*quota `team`/, /FailedCreate .*\(\d+ times\)/],
    keepsFrom: [/is forbidden/],
  },
  {
    name: 'job',
    owner: 'Job/invoices',
    objects: (namespace) => [
      aJob({
        namespace,
        name: 'invoices',
        pod: aPodSpec(aContainer('echo "error: order 881273 has no address"; exit 2')),
        spec: { backoffLimit: 0 },
      }),
    ],
    subject:
      /container app exits with code 2 \(Error\), 1 pod failed and it is not tried again; log says: error: order 881273 has no/,
    impact: /^\*\*Failed: Job .* has 0 of 1 completion, 1 pod failed/,
    says: ['To run it once more'],
    keepsFrom: [/specified backoff limit.*specified backoff limit/s],
  },
];

/** Failures of which no other machine is needed. */
export const textCases: readonly TextCase[] = [...starts, ...rollouts, ...placements];
