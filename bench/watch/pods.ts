/** Deterministic, realistic pods of about 10.8 KB of JSON each: two containers, one init container, managedFields of 3 KB. */

const IMAGES = 40;
const NODES = 500;
const NAMESPACES = 120;

function name(n: number): string {
  return `checkout-${(n % 977).toString(36)}-7d9f8b6c5d-${n.toString(36).padStart(5, 'x')}`;
}

function uid(n: number): string {
  return `8f3b2c1d-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

function time(n: number): string {
  return new Date(Date.UTC(2026, 10, 1) + n * 1_000).toISOString().replace('.000Z', 'Z');
}

function managedFields(): unknown[] {
  const containers = Object.fromEntries(
    ['app', 'proxy'].map((container) => [
      `k:{"name":"${container}"}`,
      Object.fromEntries(
        [
          'args',
          'env',
          'image',
          'imagePullPolicy',
          'livenessProbe',
          'name',
          'ports',
          'readinessProbe',
          'resources',
        ]
          .concat([
            'securityContext',
            'startupProbe',
            'terminationMessagePath',
            'terminationMessagePolicy',
            'volumeMounts',
          ])
          .map((field) => [`f:${field}`, { '.': {}, 'f:value': {}, 'f:periodSeconds': {} }]),
      ),
    ]),
  );
  return [
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      apiVersion: 'v1',
      time: time(1),
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': { 'f:containers': containers },
      },
    },
    {
      manager: 'kubelet',
      operation: 'Update',
      apiVersion: 'v1',
      time: time(2),
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:status': {} } } } },
      subresource: 'status',
    },
  ];
}

function container(n: number, which: string): unknown {
  const probe = {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
  };
  return {
    name: which,
    image: `registry.example.com/team-${n % 7}/${which}-${n % IMAGES}:1.${n % 50}.0`,
    args: [
      '--listen=:8080',
      '--log-level=info',
      '--config=/etc/app/config.yaml',
      '--feature-gates=A=true,B=false',
    ],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 10 }, (_, at) => ({
      name: `APP_SETTING_${at}`,
      valueFrom: { configMapKeyRef: { name: `app-settings-${n % 30}`, key: `setting-${at}` } },
    })),
    resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
    volumeMounts: Array.from({ length: 4 }, (_, at) => ({
      name: `volume-${at}`,
      mountPath: `/var/lib/app/${at}`,
    })),
    livenessProbe: probe,
    readinessProbe: probe,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
}

function containerStatus(n: number, which: string, restarts: number): unknown {
  return {
    name: which,
    state: { running: { startedAt: time(n % 100_000) } },
    lastState: {},
    ready: true,
    restartCount: restarts,
    image: `registry.example.com/team-${n % 7}/${which}-${n % IMAGES}:1.${n % 50}.0`,
    imageID: `registry.example.com/team/${which}@sha256:${(n % IMAGES).toString(16).padStart(64, 'a')}`,
    containerID: `containerd://${n.toString(16).padStart(64, 'b')}`,
    started: true,
  };
}

/** A healthy pod like number `n`, with marks where its own name, uid and version belong. */
function marked(n: number): Record<string, unknown> {
  const labels = {
    app: `checkout-${n % 977}`,
    'pod-template-hash': '7d9f8b6c5d',
    team: `team-${n % 7}`,
    tier: 'backend',
  };
  const ownerReferences = [
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: `checkout-${(n % 977).toString(36)}-7d9f8b6c5d`,
      uid: uid(1_000_000 + (n % 977)),
      controller: true,
      blockOwnerDeletion: true,
    },
  ];
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: '@NAME@',
      generateName: `checkout-${(n % 977).toString(36)}-7d9f8b6c5d-`,
      namespace: `team-${n % NAMESPACES}`,
      uid: '@UID@',
      resourceVersion: '@VERSION@',
      creationTimestamp: time(n % 100_000),
      labels,
      annotations: { 'checksum/config': n.toString(16).padStart(64, 'c'), 'prometheus.io/scrape': 'true' },
      ownerReferences,
      managedFields: managedFields(),
    },
    spec: {
      volumes: Array.from({ length: 4 }, (_, at) => ({
        name: `volume-${at}`,
        configMap: { name: `app-${at}`, defaultMode: 420 },
      })),
      initContainers: [container(n, 'migrate')],
      containers: [container(n, 'app'), container(n, 'proxy')],
      restartPolicy: 'Always',
      serviceAccountName: 'default',
      nodeName: `ip-10-0-${n % 250}-${n % NODES}.eu-central-1.compute.internal`,
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
    },
    status: {
      phase: 'Running',
      conditions: [
        'PodReadyToStartContainers',
        'Initialized',
        'Ready',
        'ContainersReady',
        'PodScheduled',
      ].map((type) => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: time(n % 100_000),
      })),
      hostIP: '10.0.0.1',
      podIP: `10.1.${n % 250}.${n % 199}`,
      startTime: time(n % 100_000),
      initContainerStatuses: [],
      containerStatuses: [containerStatus(n, 'app', 0), containerStatus(n, 'proxy', 0)],
      qosClass: 'Burstable',
    },
  };
}

const VARIANTS = 499;
const variants: string[][] = [];

/** JSON of healthy pod number `n` at this version: one line. Cheap, so that the server never is the slow part. */
export function podJson(n: number, version: number): string {
  const variant = n % VARIANTS;
  const parts = (variants[variant] ??= JSON.stringify(marked(variant)).split(/@NAME@|@UID@|@VERSION@/));
  const [beforeName, beforeUid, beforeVersion, rest] = parts;
  return `${beforeName}${name(n)}${beforeUid}${uid(n)}${beforeVersion}${version}${rest}`;
}

/** The same pod, crashing: waiting in CrashLoopBackOff after its third restart. */
export function crashingPodJson(n: number, version: number): string {
  const pod = JSON.parse(podJson(n, version)) as { status: { containerStatuses: Record<string, unknown>[] } };
  const [app] = pod.status.containerStatuses;
  if (app === undefined) throw new Error('a pod without containers');
  app['restartCount'] = 3;
  app['ready'] = false;
  app['state'] = {
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' },
  };
  app['lastState'] = {
    terminated: { exitCode: 3, reason: 'Error', startedAt: time(9), finishedAt: time(10) },
  };
  return JSON.stringify(pod);
}
