import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type Fields, toTime } from '../../src/sandbox/api-types.ts';
import { anEvent } from '../../src/sandbox/event-objects.ts';
import { aDeployment, aPod, aReplicaSet, ownedBy } from '../../src/sandbox/objects.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Canaries } from './canaries.ts';

/** A Deployment in namespace `shop` that is full of secrets. */
export interface StuffedWorkload {
  /** The next crash says something else, and is worse every time. */
  readonly crash: (times: number) => void;
  readonly run: () => void;
  /** The container cannot be made any more; the reason begins with these words. */
  readonly block: (words: string) => void;
  readonly annotate: (value: string) => void;
}

const NAMESPACE = 'shop';
const NAME = 'checkout';
const POD = 'checkout-7d9f8b6c5-x2x4z';

/** Puts the workload into the cluster. */
export function stuff({ objects, ...sandbox }: Sandbox, canaries: Canaries): StuffedWorkload {
  const literal = canaries.add('env with a secret name', 'correct horse battery staple 42');
  const options = {
    name: NAME,
    namespace: NAMESPACE,
    labels: { app: NAME },
    annotations: annotations(canaries),
    replicas: 1,
    containers: [container(canaries, literal)],
  };
  const deployment = objects.apply(aDeployment({ ...options, status: workloadStatus(0) }));
  const old = {
    ...options,
    name: 'checkout-5c4d3b2a1',
    annotations: { 'deployment.kubernetes.io/revision': '1' },
    containers: [container(canaries, canaries.password('env of the old revision'))],
  };
  objects.apply(aReplicaSet({ ...old, owner: ownedBy(deployment) }));
  const replicaSet = objects.apply(
    aReplicaSet({ ...options, name: 'checkout-7d9f8b6c5', owner: ownedBy(deployment) }),
  );
  const pod = aPod({ ...options, name: POD, owner: ownedBy(replicaSet) });
  (pod['spec'] as Fields)['volumes'] = volumes(canaries);
  // Not on the owner's selector: that goes back to the API server in queries.
  pod.metadata.labels = { app: NAME, 'example.com/owner-key': canaries.opaque('label') };
  objects.apply(pod);
  report(objects, canaries, literal);

  function show(status: Fields, ready: number): void {
    objects.update({ kind: 'Pod', namespace: NAMESPACE, name: POD }, (object) => {
      object['status'] = status;
    });
    objects.update({ kind: 'Deployment', namespace: NAMESPACE, name: NAME }, (object) => {
      object['status'] = workloadStatus(ready, conditionText(canaries, literal));
    });
  }
  const logs = logLines(canaries, literal).join('\n');
  return {
    crash: (times) => {
      sandbox.setLogs([NAMESPACE, POD, 'app'], { current: logs, previous: logs });
      show(crashed(canaries, literal, times), 0);
    },
    run: () => show(running(), 1),
    block: (words) => show(blocked(canaries, `${words} ${literal}`), 0),
    annotate: (value) => {
      objects.update({ kind: 'Deployment', namespace: NAMESPACE, name: NAME }, ({ metadata }) => {
        metadata.annotations = { ...metadata.annotations, 'support.ankra.app/file-ticket': value };
      });
    },
  };
}

function annotations(canaries: Canaries): Record<string, string> {
  return {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
      data: canaries.opaque('last applied configuration'),
    }),
    'vault.example.com/token': canaries.opaque('annotation'),
    'kubernetes.io/change-cause': `helm upgrade --set db.password=${canaries.password('change cause')}`,
    'deployment.kubernetes.io/revision': '2',
  };
}

function container(canaries: Canaries, literal: string): Fields {
  return {
    name: 'app',
    image: `https://robot:${canaries.password('image')}@registry.example.com/shop/checkout:1.42.0`,
    command: ['/bin/checkout', '--db-password', canaries.password('command, option before value')],
    args: [
      `--api-key=${canaries.opaque('command, option with value')}`,
      `postgres://app:${canaries.password('command, address')}@db.shop.svc:5432/orders`,
      'sh',
      '-c',
      `export GITHUB_TOKEN=${canaries.vendor('command, script', 'ghp_', 36)} && exec serve`,
    ],
    env: [
      { name: 'DB_PASSWORD', value: literal },
      { name: 'SESSION_SECRET', value: canaries.opaque('env, session secret') },
      { name: 'GREETING', value: canaries.opaque('env with an innocent name') },
      { name: 'DATABASE_URL', value: `mysql://root:${canaries.password('env, address')}@db/orders` },
    ],
    livenessProbe: {
      httpGet: {
        path: `/healthz?access_token=${canaries.opaque('probe, path')}`,
        port: 8080,
        httpHeaders: [{ name: 'Authorization', value: `Bearer ${canaries.opaque('probe, header')}` }],
      },
    },
    readinessProbe: {
      exec: { command: ['redis-cli', '-a', canaries.password('probe, command'), 'ping'] },
    },
  };
}

function volumes(canaries: Canaries): Fields[] {
  return [
    { name: 'a', azureFile: { secretName: 's', shareName: canaries.opaque('volume, azureFile') } },
    {
      name: 'b',
      csi: { driver: 'csi.example.com', volumeAttributes: { password: canaries.password('volume, csi') } },
    },
    { name: 'c', flexVolume: { driver: 'x', options: { token: canaries.opaque('volume, flexVolume') } } },
    { name: 'd', hostPath: { path: `/mnt?token=${canaries.opaque('volume, hostPath')}` } },
    { name: 'e', nfs: { server: `user:${canaries.password('volume, nfs')}@nfs.example.com`, path: '/' } },
    { name: 'f', image: { reference: `https://u:${canaries.password('volume, image')}@reg.example.com/a` } },
  ];
}

/** Formats that programs really print. */
function logLines(canaries: Canaries, literal: string): string[] {
  const { password, opaque, vendor, jwt, hex } = canaries;
  const key = Array.from({ length: 6 }, (_, at) => opaque(`log, private key ${at}`));
  return [
    'starting checkout 1.42.0',
    `connecting with ${literal}`,
    `{"level":"info","msg":"configuration","db":{"user":"app","password":"${password('log, JSON')}"}}`,
    `level=debug msg="configuration" api_key=${opaque('log, logfmt')} retries=3`,
    `DB_PASSWORD='${password('log, shell')}'`,
    `password: ${password('log, YAML')}`,
    `Authorization: Bearer ${opaque('log, header')}`,
    `curl -u admin:${password('log, curl')} https://api.example.com/v1/orders`,
    `could not connect to amqp://app:${password('log, address')}@mq.shop.svc:5672/`,
    `GET /callback?code=1&access_token=${opaque('log, query')} 302`,
    `Cookie: session=${opaque('log, cookie')}; theme=dark`,
    `using ${vendor('log, GitHub', 'ghp_', 36)}`,
    `aws_secret_access_key = ${opaque('log, AWS')}`,
    `slack says no to ${vendor('log, Slack', 'xoxb-', 40)}`,
    `stripe ${vendor('log, Stripe', 'sk_live_', 24)} is expired`,
    `jwt rejected: ${jwt('log, JWT')}`,
    `Server=db;Database=orders;User Id=app;Password=${password('log, connection string')};Encrypt=true`,
    `\u001b[31mtoken\u001b[0m=${opaque('log, coloured')}`,
    `pass\u200bword=${password('log, zero width')}`,
    `secret=${hex('log, hex')}`,
    '-----BEGIN PRIVATE KEY-----',
    ...key,
    '-----END PRIVATE KEY-----',
    `${'x'.repeat(4_080)} token=${opaque('log, at the cut of a line')}`,
    'fatal: payments.provider must be one of [adyen stripe]',
  ];
}

function report(objects: Sandbox['objects'], canaries: Canaries, literal: string): void {
  const regarding = objects.get({ kind: 'Pod', namespace: NAMESPACE, name: POD });
  if (regarding === undefined) throw new Error('the pod is missing');
  const said = [
    `Failed to pull image "https://robot:${canaries.password('event, image')}@registry.example.com/a"`,
    `Liveness probe failed: password=${canaries.password('event, probe')} refused`,
    `Readiness probe failed: said ${literal}`,
  ];
  for (const [at, message] of said.entries()) {
    const name = `${POD}.${at}`;
    const firstAt = Date.now() - MINUTE;
    objects.apply(
      anEvent({ name, regarding, type: 'Warning', reason: 'Unhealthy', message, firstAt, count: 3 }),
    );
  }
}

function conditionText(canaries: Canaries, literal: string): string {
  return `admission says api_key=${canaries.opaque('condition of the owner')} and ${literal}`;
}

function workloadStatus(readyReplicas: number, message = ''): Fields {
  const at = toTime(Date.now() - MINUTE);
  return {
    observedGeneration: 1_000,
    replicas: 1,
    updatedReplicas: 1,
    ...(readyReplicas === 0 ? {} : { readyReplicas, availableReplicas: readyReplicas }),
    conditions:
      message === ''
        ? []
        : [{ type: 'Available', status: 'False', reason: 'Minimum', message, lastTransitionTime: at }],
  };
}

function conditions(isReady: boolean, message?: string): Fields[] {
  return ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type, at) => ({
    type,
    status: at < 2 || isReady ? 'True' : 'False',
    lastTransitionTime: toTime(Date.now() - 5 * MINUTE),
    ...(message === undefined ? {} : { message }),
  }));
}

function crashed(canaries: Canaries, literal: string, times: number): Fields {
  const terminated = {
    exitCode: times,
    reason: times > 4 ? 'OOMKilled' : 'Error',
    message: `fatal: login with ${literal} failed, password=${canaries.password('termination message')}\n`,
    containerID: 'containerd://1',
    startedAt: toTime(Date.now() - 3 * SECOND),
    finishedAt: toTime(Date.now() - 2 * SECOND),
  };
  const waiting = {
    reason: 'CrashLoopBackOff',
    message: `back-off of ${literal}, token=${canaries.opaque('waiting message')}`,
  };
  const status = { name: 'app', ready: false, started: false, restartCount: times };
  return {
    phase: 'Running',
    message: `status says ${literal}, secret=${canaries.opaque('message of the pod')}`,
    conditions: conditions(false, `not ready: ${literal}`),
    containerStatuses: [
      {
        ...status,
        image: `https://robot:${canaries.password('image of the status')}@registry.example.com/a:1`,
        imageID: `https://robot:${canaries.password('image id')}@registry.example.com/a@sha256:${'ab'.repeat(32)}`,
        state: { waiting },
        lastState: { terminated },
      },
    ],
  };
}

function blocked(canaries: Canaries, words: string): Fields {
  const message = `${words} ${canaries.vendor('reason of waiting', 'ghp_', 36)}`;
  return {
    phase: 'Pending',
    conditions: conditions(false),
    containerStatuses: [
      {
        name: 'app',
        image: 'a:1',
        imageID: '',
        ready: false,
        started: false,
        restartCount: 5,
        state: { waiting: { reason: 'CreateContainerConfigError', message } },
      },
    ],
  };
}

function running(): Fields {
  return {
    phase: 'Running',
    conditions: conditions(true),
    containerStatuses: [
      {
        name: 'app',
        image: 'a:1',
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: toTime(Date.now()) } },
      },
    ],
  };
}
