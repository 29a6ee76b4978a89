import type { FailureClass } from '../../../../src/domain/failure-classes.ts';
import {
  aContainer,
  aCronJob,
  aJob,
  aPod,
  aPodSpec,
  aWorkload,
  type Fields,
  type Wrapping,
} from './objects.ts';
import { runs } from '../workloads.ts';

/** One way to fail: what is applied, and what the one ticket about it must say. */
export interface FailureCase {
  /** Part of the namespace's name, in which nothing else is. */
  readonly name: string;
  readonly owner: { readonly kind: string; readonly name: string };
  readonly class: FailureClass;
  readonly reason: RegExp;
  /** In the subject, after the reason. */
  readonly says: RegExp;
  /** In the environment, as JSON: what an engineer would have looked up for this class. */
  readonly holds?: readonly RegExp[];
  /** Applied in this order. */
  readonly objects: (scene: Scene) => readonly Fields[];
  /** Labels of the namespace. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The runtime must run on this machine. */
  readonly needsOwnNode?: true;
}

/** What is known only when the suite runs. */
export interface Scene {
  readonly namespace: string;
  /** Host and port of an image registry that has no image. */
  readonly registry: string;
}

const BACK_OFF = /^CrashLoopBackOff$/;
const PULL = /^(ErrImagePull|ImagePullBackOff)$/;
const UNSCHEDULABLE = /^Unschedulable$/;

/** One object, which owns all that it makes. */
function ownedBy(
  kind: keyof typeof makers,
  name: string,
  pod: Fields,
  spec: Fields = {},
): Pick<FailureCase, 'owner' | 'objects'> {
  return {
    owner: { kind, name },
    objects: ({ namespace }) => [makers[kind]({ namespace, name, pod, spec })],
  };
}

const makers = {
  Deployment: (wrapping: Wrapping) => aWorkload('Deployment', wrapping),
  StatefulSet: (wrapping: Wrapping) => aWorkload('StatefulSet', wrapping),
  DaemonSet: (wrapping: Wrapping) => aWorkload('DaemonSet', wrapping),
  Job: aJob,
  CronJob: aCronJob,
  Pod: aPod,
};

/** A probe that fails as soon as it is asked. */
function failing(script: string): Fields {
  return {
    exec: { command: ['/bin/sh', '-c', `${script}; exit 1`] },
    periodSeconds: 1,
    timeoutSeconds: 10,
    failureThreshold: 1,
  };
}

const crashes: readonly FailureCase[] = [
  {
    name: 'crash',
    class: 'crash',
    reason: BACK_OFF,
    says: /container app exits with code 1/,
    ...ownedBy(
      'Deployment',
      'checkout',
      aPodSpec(aContainer('echo "fatal: no route to the database"; exit 1')),
      {
        replicas: 2,
      },
    ),
  },
  {
    name: 'exit-zero',
    class: 'crash',
    reason: BACK_OFF,
    says: /container app ends with exit code 0 although it should keep running/,
    ...ownedBy('Deployment', 'worker', aPodSpec(aContainer('echo "nothing to do"'))),
  },
  {
    name: 'oom',
    class: 'crash',
    reason: /^OOMKilled$/,
    says: /container app is killed for exceeding its memory limit/,
    ...ownedBy(
      'StatefulSet',
      'cache',
      aPodSpec(aContainer('tail /dev/zero', { resources: { limits: { memory: '32Mi' } } })),
    ),
  },
  {
    name: 'init',
    class: 'crash',
    reason: BACK_OFF,
    says: /init container prepare exits with code 7/,
    ...ownedBy(
      'Deployment',
      'web',
      aPodSpec(aContainer(runs), { initContainers: [aContainer('exit 7', { name: 'prepare' })] }),
    ),
  },
  {
    name: 'sidecar',
    class: 'crash',
    reason: BACK_OFF,
    says: /sidecar proxy exits with code 5/,
    ...ownedBy(
      'Deployment',
      'web',
      aPodSpec(aContainer(runs), {
        initContainers: [aContainer('sleep 1; exit 5', { name: 'proxy', restartPolicy: 'Always' })],
      }),
    ),
  },
  {
    name: 'liveness',
    class: 'crash',
    reason: BACK_OFF,
    says: /container app is restarted by the kubelet \(exit code 137\): Liveness probe failed: deadlock/,
    ...ownedBy(
      'DaemonSet',
      'collector',
      aPodSpec(aContainer('while true; do sleep 1; done', { livenessProbe: failing('echo deadlock') })),
    ),
  },
  {
    name: 'liveness-in-order',
    class: 'crash',
    reason: BACK_OFF,
    says: /container app is restarted by the kubelet \(exit code 0\): Liveness probe failed: stuck/,
    ...ownedBy('Deployment', 'web', aPodSpec(aContainer(runs, { livenessProbe: failing('echo stuck') }))),
  },
  {
    name: 'startup',
    class: 'crash',
    reason: BACK_OFF,
    says: /container app is restarted by the kubelet \(exit code \d+\): Startup probe failed: loading/,
    ...ownedBy('Deployment', 'model', aPodSpec(aContainer(runs, { startupProbe: failing('echo loading') }))),
  },
];

const images: readonly FailureCase[] = [
  {
    name: 'registry-unreachable',
    class: 'image',
    reason: PULL,
    says: /container app cannot pull image 127\.0\.0\.1:1\/nope:1: the registry cannot be reached/,
    ...ownedBy('Deployment', 'web', aPodSpec(aContainer(runs, { image: '127.0.0.1:1/nope:1' }))),
  },
  {
    name: 'image-invalid',
    class: 'image',
    reason: /^InvalidImageName$/,
    says: /container app has an image name that nobody can read/,
    ...ownedBy('Deployment', 'web', aPodSpec(aContainer(runs, { image: 'Shop/Web:1' }))),
  },
  {
    name: 'image-never',
    class: 'image',
    reason: /^ErrImageNeverPull$/,
    says: /container app may not pull its image, and the node does not have it/,
    ...ownedBy(
      'StatefulSet',
      'web',
      aPodSpec(aContainer(runs, { image: 'example.org/not-loaded:1', imagePullPolicy: 'Never' })),
    ),
  },
  {
    name: 'image-missing',
    class: 'image',
    reason: PULL,
    says: /container app cannot pull image \S+\/shop\/web:1: not found/,
    needsOwnNode: true,
    owner: { kind: 'Deployment', name: 'web' },
    objects: ({ namespace, registry }) => [
      aWorkload('Deployment', {
        namespace,
        name: 'web',
        pod: aPodSpec(aContainer(runs, { image: `${registry}/shop/web:1` })),
      }),
    ],
  },
];

const configurations: readonly FailureCase[] = [
  {
    name: 'secret',
    class: 'config',
    reason: /^CreateContainerConfigError$/,
    says: /container app cannot start: secret .payments. not found/,
    ...ownedBy(
      'Deployment',
      'checkout',
      aPodSpec(aContainer(runs, { envFrom: [{ secretRef: { name: 'payments' } }] })),
    ),
  },
  {
    name: 'configmap',
    class: 'config',
    reason: /^CreateContainerConfigError$/,
    says: /container app cannot start: configmap .settings. not found/,
    ...ownedBy(
      'Pod',
      'debugger',
      aPodSpec(
        aContainer(runs, {
          env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }],
        }),
      ),
    ),
  },
  {
    name: 'configmap-volume',
    class: 'config',
    reason: /^FailedMount$/,
    says: /the pod mounts what does not exist: .*configmap .settings. not found/,
    ...ownedBy(
      'Deployment',
      'web',
      aPodSpec(
        // A volume that no container mounts would not be set up at all.
        aContainer(runs, { volumeMounts: [{ name: 'settings', mountPath: '/settings' }] }),
        { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] },
      ),
    ),
  },
  {
    name: 'secret-key',
    class: 'config',
    reason: /^CreateContainerConfigError$/,
    says: /container app cannot start: couldn't find key token in Secret/,
    owner: { kind: 'Deployment', name: 'checkout' },
    objects: ({ namespace }) => [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: 'payments' },
        stringData: { tokn: 'x' },
      },
      aWorkload('Deployment', {
        namespace,
        name: 'checkout',
        pod: aPodSpec(
          aContainer(runs, {
            env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'payments', key: 'token' } } }],
          }),
        ),
      }),
    ],
  },
  {
    name: 'root',
    class: 'config',
    reason: /^CreateContainerConfigError$/,
    says: /container app cannot start: .*image will run as root/,
    ...ownedBy('Deployment', 'web', aPodSpec(aContainer(runs, { securityContext: { runAsNonRoot: true } }))),
  },
  {
    name: 'command',
    class: 'config',
    reason: /^(RunContainerError|StartError)$/,
    says: /container app cannot start: .*no such file or directory/,
    ...ownedBy('Deployment', 'web', aPodSpec(aContainer('', { command: ['/usr/bin/not-there'] }))),
  },
];

const placements: readonly FailureCase[] = [
  {
    name: 'no-node',
    class: 'scheduling',
    reason: UNSCHEDULABLE,
    says: /no node takes the pod: .*didn't match Pod's node affinity\/selector/,
    holds: [
      /"lacks":\["label gpu=none-has-it is wanted, it has none"\]/,
      /"nodeSelector":\{"gpu":"none-has-it"\}/,
    ],
    ...ownedBy(
      'Deployment',
      'trainer',
      aPodSpec(aContainer(runs), { nodeSelector: { gpu: 'none-has-it' } }),
      {
        replicas: 2,
      },
    ),
  },
  {
    name: 'no-cpu',
    class: 'scheduling',
    reason: UNSCHEDULABLE,
    says: /no node can ever take the pod: it requests cpu 1000|no node takes the pod: .*Insufficient cpu/,
    holds: [/"lacks":\["cpu: 1000 requested, [\d.]+ allocatable"\]/, /"requests":\{"cpu":"1000"\}/],
    ...ownedBy(
      'StatefulSet',
      'analytics',
      aPodSpec(aContainer(runs, { resources: { requests: { cpu: '1000' } } })),
    ),
  },
  {
    name: 'claim',
    class: 'storage',
    reason: UNSCHEDULABLE,
    says: /claim data does not exist/,
    holds: [/"claims":\[\{"name":"data","phase":"NotFound".*"usedBy":\["database-/],
    ...ownedBy(
      'Deployment',
      'database',
      aPodSpec(aContainer(runs), {
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      }),
    ),
  },
  {
    name: 'host-path',
    class: 'storage',
    reason: /^FailedMount$/,
    says: /volume data cannot be mounted: hostPath type check failed: \/srv\/nobody-has-it is not a directory/,
    ...ownedBy(
      'Deployment',
      'files',
      aPodSpec(aContainer(runs, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }), {
        volumes: [{ name: 'data', hostPath: { path: '/srv/nobody-has-it', type: 'Directory' } }],
      }),
    ),
  },
  {
    name: 'claim-pending',
    class: 'storage',
    // The claim's own Event says more than the scheduler's, when it comes first.
    reason: /^(Unschedulable|ProvisioningFailed)$/,
    says: /claim data wants storage class nobody-has-it, which does not exist/,
    holds: [
      /"claims":\[\{"name":"data","phase":"Pending".*"storageClass":"nobody-has-it".*"requested":"1Gi"/,
      /"classes":\[\{"name":"nobody-has-it"\}\]/,
      /"reason":"ProvisioningFailed"/,
    ],
    owner: { kind: 'StatefulSet', name: 'database' },
    objects: ({ namespace }) => [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { namespace, name: 'data' },
        spec: {
          storageClassName: 'nobody-has-it',
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
        },
      },
      aWorkload('StatefulSet', {
        namespace,
        name: 'database',
        pod: aPodSpec(aContainer(runs), {
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        }),
      }),
    ],
  },
  {
    name: 'sandbox',
    class: 'start',
    reason: /^FailedCreatePodSandBox$/,
    holds: [/"runtimeClassName":"/, /"pods":\{"count":\d+,"failingCount":\d+/],
    says: /the pod has a node but does not start: .*no runtime for .nobody-has-it. is/,
    owner: { kind: 'Deployment', name: 'web' },
    objects: ({ namespace }) => [
      {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        // Has no namespace; the name keeps it apart from those of other runs.
        metadata: { name: namespace },
        handler: 'nobody-has-it',
      },
      aWorkload('Deployment', {
        namespace,
        name: 'web',
        pod: aPodSpec(aContainer(runs), { runtimeClassName: namespace }),
      }),
    ],
  },
];

const refusals: readonly FailureCase[] = [
  {
    name: 'quota',
    class: 'create',
    reason: /^FailedCreate$/,
    says: /pods cannot be created: (exceeded quota|status unknown for quota)/,
    holds: [/"by":"quota","name":"none"/, /"resource":"pods","hard":"0"/],
    owner: { kind: 'Deployment', name: 'web' },
    objects: ({ namespace }) => [
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { namespace, name: 'none' },
        spec: { hard: { pods: '0' } },
      },
      aWorkload('Deployment', { namespace, name: 'web', pod: aPodSpec(aContainer(runs)) }),
    ],
  },
  {
    name: 'pod-security',
    class: 'create',
    reason: /^FailedCreate$/,
    says: /pods cannot be created: .*violates PodSecurity/,
    holds: [/"by":"podSecurity","name":"restricted:latest"/, /"podSecurity":\{"enforce":"restricted"\}/],
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    ...ownedBy('StatefulSet', 'web', aPodSpec(aContainer(runs))),
  },
  {
    name: 'webhook',
    class: 'create',
    reason: /^FailedCreate$/,
    says: /pods cannot be created: .*failed calling webhook/,
    holds: [/"by":"webhookUnreachable","name":"pods.policy.example.org"/],
    owner: { kind: 'Deployment', name: 'web' },
    objects: ({ namespace }) => [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        // Has no namespace; the name keeps it apart from those of other runs.
        metadata: { name: namespace },
        webhooks: [
          {
            name: 'pods.policy.example.org',
            clientConfig: { service: { namespace, name: 'nobody-serves' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      },
      aWorkload('Deployment', { namespace, name: 'web', pod: aPodSpec(aContainer(runs)) }),
    ],
  },
];

const others: readonly FailureCase[] = [
  {
    name: 'readiness',
    class: 'probe',
    reason: /^Unhealthy$/,
    says: /container app runs but is not ready: Readiness probe failed/,
    holds: [/"type":"Ready","status":"False","reason":"ContainersNotReady"/, /"readiness":"exec /],
    ...ownedBy(
      'Deployment',
      'search',
      aPodSpec(
        aContainer(runs, {
          readinessProbe: {
            exec: { command: ['/bin/sh', '-c', 'echo index is empty; exit 1'] },
            periodSeconds: 2,
          },
        }),
      ),
    ),
  },
  {
    name: 'rollout',
    class: 'rollout',
    reason: /^ProgressDeadlineExceeded$/,
    says: /a pod waits for its readiness gate/,
    holds: [/"reason":"ReadinessGatesNotReady"/, /"isCurrent":true,"wanted":1,"pods":1,"ready":0/],
    // As with a load balancer that never takes the pod on: it runs, no probe fails, and it is not ready.
    ...ownedBy(
      'Deployment',
      'shop',
      aPodSpec(aContainer(runs), { readinessGates: [{ conditionType: 'example.org/load-balancer' }] }),
      { progressDeadlineSeconds: 15 },
    ),
  },
  {
    name: 'job',
    class: 'job',
    reason: /^BackoffLimitExceeded$/,
    says: /exits with code \d+ .*failed and it is not tried again/,
    holds: [/"job":\{"name":"migration".*"failed":2,"backoffLimit":1/],
    ...ownedBy('Job', 'migration', aPodSpec(aContainer('echo "column exists"; exit 3')), { backoffLimit: 1 }),
  },
  {
    name: 'deadline',
    class: 'job',
    reason: /^DeadlineExceeded$/,
    says: /the Job was not done within its deadline/,
    holds: [/"activeDeadlineSeconds":5/],
    ...ownedBy('Job', 'reindex', aPodSpec(aContainer(runs)), { activeDeadlineSeconds: 5 }),
  },
  {
    name: 'cronjob',
    class: 'job',
    reason: /^RunsFailed$/,
    // A third one may be at work when it is told.
    says: /[2-9] runs of the CronJob (?:in a row have failed|have ended without success, others run)/,
    holds: [/"schedule":"\* \* \* \* \*"/, /"runs":\[\{"name":"backup-.*"outcome":"failed"/],
    ...ownedBy('CronJob', 'backup', aPodSpec(aContainer('echo "no space left"; exit 2')), {
      backoffLimit: 0,
    }),
  },
];

/** Failures that the node of the test brings about by itself. */
export const failureCases: readonly FailureCase[] = [
  ...crashes,
  ...images,
  ...configurations,
  ...placements,
  ...refusals,
  ...others,
];
