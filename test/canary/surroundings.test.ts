import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import type { ObjectRef } from '../../src/domain/failure.ts';
import { buildEnvironment, createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { createScene, type Scene } from '../kube/evidence/scene.ts';
import { type Canaries, createCanaries, leaks } from './canaries.ts';

/** What stands around a pod is full of secrets here: in fields that nobody reads, and in texts that everybody does. */
let scene: Scene;
let canaries: Canaries;

beforeEach(async () => {
  scene = await createScene();
  canaries = createCanaries(71);
});
afterEach(async () => {
  await scene.close();
});

function annotated(name: string, namespace?: string): object {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    annotations: { 'example.com/login': canaries.opaque(`annotation of ${name}`) },
    labels: { 'example.com/key': canaries.opaque(`label of ${name}`) },
  };
}

function said(where: string): string {
  return `login with password=${canaries.password(where)} was refused`;
}

function applyStorage(): void {
  scene.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: annotated('data', 'shop'),
    spec: { storageClassName: 'fast', volumeName: 'pv-1', resources: { requests: { storage: '1Gi' } } },
    status: {
      phase: 'Bound',
      conditions: [{ type: 'Resizing', status: 'True', message: said('condition of the claim') }],
    },
  });
  scene.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: annotated('pv-1'),
    spec: {
      csi: {
        driver: 'csi.example.com',
        volumeHandle: `//user:${canaries.password('volume handle')}@nas.example.com/share`,
        volumeAttributes: { credential: canaries.opaque('attributes of the volume') },
      },
      mountOptions: [`password=${canaries.password('mount options')}`],
    },
    status: { phase: 'Failed', message: said('message of the volume') },
  });
  scene.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: annotated('fast'),
    provisioner: 'csi.example.com',
    parameters: { restuserkey: canaries.opaque('parameters of the class') },
  });
  scene.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: annotated('va'),
    spec: { attacher: 'csi.example.com', nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
    status: {
      attached: false,
      attachmentMetadata: { token: canaries.opaque('metadata of the attachment') },
      attachError: { message: said('error of the attachment') },
    },
  });
}

function applyNamespace(): ObjectRef {
  const hard = { pods: '1' };
  scene.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: annotated('team', 'shop'),
    spec: { hard },
    status: { hard, used: hard },
  });
  scene.apply({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: annotated('limits', 'shop'),
    spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
  });
  return scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: annotated('shop') });
}

function applyNode(): ObjectRef {
  return scene.apply({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: annotated('node-1'),
    spec: { taints: [{ key: 'a', value: canaries.vendor('taint', 'ghp_', 36), effect: 'NoSchedule' }] },
    status: { allocatable: { cpu: '1' } },
  });
}

function applyPod(): ObjectRef {
  const env = [{ name: 'DB_PASSWORD', value: canaries.password('variable') }];
  return scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: annotated('db-0', 'shop'),
    spec: {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'b', value: canaries.vendor('toleration', 'ghp_', 36) }],
      imagePullSecrets: [{ name: 'registry' }],
      containers: [{ name: 'app', image: 'a', env }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: `0/1 nodes are available: 1 ${said('words of the scheduler')}.`,
        },
      ],
    },
  });
}

function applyCronJob(): ObjectRef {
  const owner = scene.apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: annotated('report', 'shop'),
    spec: { schedule: '0 3 * * *' },
  });
  scene.apply({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...annotated('report-1', 'shop'),
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: { template: { spec: { containers: [{ name: 'a', command: [canaries.opaque('command')] }] } } },
    status: {
      conditions: [{ type: 'Failed', status: 'True', reason: 'Odd', message: said('end of the run') }],
    },
  });
  return owner;
}

async function environmentOf(owner: ObjectRef, classes: readonly FailureClass[]): Promise<string> {
  const evidence = await scene.evidence({ owner, classes });
  const subject = {
    trigger: 'automatic' as const,
    owner,
    signals: [],
    since: 0,
    occurrences: 1,
    affected: [],
  };
  const agent = { name: 'agent', version: '1' };
  const input = { subject, evidence, cluster: {}, agent };
  return JSON.stringify(buildEnvironment(input, createRedactor(defaultRedactionOptions), 65_536));
}

test('what stands around a pod leaves without its secrets', async () => {
  applyStorage();
  const namespace = applyNamespace();
  const node = applyNode();
  const pod = applyPod();
  const cronJob = applyCronJob();
  const seen = {
    storage: await environmentOf(pod, ['storage']),
    scheduling: await environmentOf(pod, ['scheduling', 'create']),
    'by hand': await environmentOf(pod, ['manual']),
    node: await environmentOf(node, ['node']),
    namespace: await environmentOf(namespace, ['manual']),
    work: await environmentOf(cronJob, ['job']),
  };
  // The texts are there, only the secrets are not.
  expect(seen.storage).toContain('"driver":"csi.example.com"');
  expect(seen.storage).toContain('was refused');
  expect(seen.scheduling).toContain('"used":"1"');
  expect(seen.scheduling).toContain('label disk=ssd is wanted');
  expect(seen.scheduling).toContain('"imagePullSecrets":["registry"]');
  expect(seen.work).toContain('"outcome":"failed"');
  expect(leaks(canaries, seen)).toEqual([]);
});
