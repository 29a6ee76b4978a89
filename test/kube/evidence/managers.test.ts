import { describe, expect, test } from '@jest/globals';
import { managedOf, readConfigMaps, selectedOf } from '../../../src/kube/evidence/managers.ts';
import { EvidenceReader } from '../../../src/kube/evidence/evidence-reader.ts';
import type { KubeRequest } from '../../../src/kube/connection/index.ts';

const at = (minute: number): string => `2026-11-23T02:${String(minute).padStart(2, '0')}:00Z`;

function entry(manager: string, minute: number, owned: string, more: object = {}): object {
  return { manager, operation: 'Update', time: at(minute), fieldsV1: { [owned]: {} }, ...more };
}

function meta(parts: object): Parameters<typeof managedOf>[0] {
  return parts as Parameters<typeof managedOf>[0];
}

describe('who manages an object', () => {
  test('is the manager that last wrote the spec, whatever controllers wrote later', () => {
    const managedFields = [
      entry('helm', 1, 'f:spec'),
      entry('kubectl-edit', 5, 'f:spec'),
      entry('kube-controller-manager', 9, 'f:status', { subresource: 'status' }),
      entry('kube-controller-manager', 8, 'f:metadata'),
      entry('hpa', 7, 'f:spec', { subresource: 'scale' }),
    ];
    expect(managedOf(meta({ managedFields })).lastChange).toEqual({
      manager: 'kubectl-edit',
      operation: 'Update',
      at: at(5),
    });
    expect(managedOf(meta({}))).toEqual({});
  });

  test.each([
    [
      {
        annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'prod' },
        labels: { 'helm.sh/chart': 'checkout-1.4.2', 'helm.sh/revision': '7' },
      },
      { helm: { release: 'shop', namespace: 'prod', chart: 'checkout-1.4.2', revision: '7' } },
    ],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:prod/checkout' } },
      { argoCd: { application: 'shop' } },
    ],
    [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, { argoCd: { application: 'shop' } }],
    // Everybody uses this label: it is Argo CD's only where that has written the object.
    [{ labels: { 'app.kubernetes.io/instance': 'shop' } }, {}],
    [
      {
        labels: { 'app.kubernetes.io/instance': 'shop' },
        managedFields: [entry('argocd-controller', 1, 'f:spec')],
      },
      {
        argoCd: { application: 'shop' },
        lastChange: { manager: 'argocd-controller', operation: 'Update', at: at(1) },
      },
    ],
    [
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      { flux: { kind: 'Kustomization', name: 'apps', namespace: 'flux-system' } },
    ],
    [
      { labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'helm.toolkit.fluxcd.io/namespace': 'prod' } },
      { flux: { kind: 'HelmRelease', name: 'shop', namespace: 'prod' } },
    ],
    [{ annotations: { 'org.opencontainers.image.revision': '4f2c91e' } }, { sourceRevision: '4f2c91e' }],
    [{ annotations: 7, labels: ['x'], managedFields: 'none' }, {}],
  ])('%j', (given, expected) => {
    expect(managedOf(meta(given))).toEqual(expected);
  });
});

test('labels and annotations are those that are listed, and no others', () => {
  const given = meta({ labels: { team: 'a', other: 'b' }, annotations: { note: 'c', secret: 'd' } });
  expect(selectedOf(given, { labels: ['team', 'none'], annotations: ['note'] })).toEqual({
    labels: { team: 'a' },
    annotations: { note: 'c' },
  });
  expect(selectedOf(given, { labels: [], annotations: ['none'] })).toBeUndefined();
});

describe('ConfigMaps of a pod', () => {
  const pod = {
    spec: {
      volumes: [
        { configMap: { name: 'mounted' } },
        {
          projected: {
            sources: [
              { configMap: { name: 'kube-root-ca.crt' } },
              { configMap: { name: 'projected' } },
              { secret: { name: 'never' } },
            ],
          },
        },
        { secret: { secretName: 'never' } },
      ],
      containers: [
        {
          envFrom: [{ configMapRef: { name: 'all' } }, { secretRef: { name: 'never' } }],
          env: [{ valueFrom: { configMapKeyRef: { name: 'mounted', key: 'a' } } }],
        },
      ],
    },
  };

  async function read(
    answer: (request: KubeRequest) => unknown,
  ): Promise<{ readonly found: unknown; readonly requests: KubeRequest[] }> {
    const requests: KubeRequest[] = [];
    const json = async <T>(request: KubeRequest): Promise<T> => {
      requests.push(request);
      return answer(request) as T;
    };
    const reader = new EvidenceReader({ json, text: () => Promise.reject(new Error('no text')) }, undefined);
    return { found: await readConfigMaps(reader, 'shop', pod as never), requests };
  }

  test('are read by their metadata alone, newest change first; a server that sends more has it passed over', async () => {
    const times = new Map([
      ['mounted', 3],
      ['projected', 5],
      ['all', 1],
    ]);
    const { found, requests } = await read(({ path }) => {
      const name = path.split('/').at(-1) ?? '';
      return {
        data: { password: 'never-shown' },
        metadata: { name, managedFields: [entry('kubectl-edit', times.get(name) ?? 0, 'f:data')] },
      };
    });
    expect(requests.map(({ path }) => path).toSorted()).toEqual(
      ['all', 'mounted', 'projected'].map((name) => `/api/v1/namespaces/shop/configmaps/${name}`),
    );
    expect(new Set(requests.map(({ headers }) => headers?.['accept']))).toEqual(
      new Set(['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1']),
    );
    expect(found).toEqual([
      { name: 'projected', changedAt: at(5), manager: 'kubectl-edit' },
      { name: 'mounted', changedAt: at(3), manager: 'kubectl-edit' },
      { name: 'all', changedAt: at(1), manager: 'kubectl-edit' },
    ]);
  });
});
