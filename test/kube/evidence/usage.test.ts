import { describe, expect, test } from '@jest/globals';
import { KubeApiError, type KubeRequest } from '../../../src/kube/connection/index.ts';
import { readBudgets } from '../../../src/kube/evidence/disruption.ts';
import { EvidenceReader } from '../../../src/kube/evidence/evidence-reader.ts';
import { nodeWithUsage, readUsage, withUsage } from '../../../src/kube/evidence/requests-and-usage.ts';

/** A reader of what `answer` has, and the paths that were asked for. */
function readerOf(answer: (request: KubeRequest) => unknown): {
  readonly reader: EvidenceReader;
  readonly paths: string[];
} {
  const paths: string[] = [];
  const json = async <T>(request: KubeRequest): Promise<T> => {
    paths.push(request.path);
    return answer(request) as T;
  };
  return {
    reader: new EvidenceReader({ json, text: () => Promise.reject(new Error('no text')) }, undefined),
    paths,
  };
}

const at = '2026-11-23T03:12:30Z';
const pod = { metadata: { namespace: 'shop', name: 'web-1' } };

describe('what is in use', () => {
  test('is read of the pod and of its node, as metrics-server writes it', async () => {
    const { reader, paths } = readerOf(({ path }) =>
      path.includes('/pods/')
        ? { timestamp: at, containers: [{ name: 'app', usage: { cpu: '12345678n', memory: '248932Ki' } }] }
        : { timestamp: at, usage: { cpu: '1204567891n', memory: '9543210Ki' } },
    );
    const usage = await readUsage(reader, pod, 'node-1');
    expect(paths).toEqual([
      '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/web-1',
      '/apis/metrics.k8s.io/v1beta1/nodes/node-1',
    ]);
    const [app, proxy] = withUsage([{ name: 'app' }, { name: 'proxy' }] as never, usage);
    expect(app?.usage).toEqual({ cpu: '0.012', memory: '243.1Mi', measuredAt: at });
    expect(proxy).toEqual({ name: 'proxy' });
    expect(nodeWithUsage({ name: 'node-1' } as never, usage)?.usage).toEqual({
      cpu: '1.205',
      memory: '9.1Gi',
      measuredAt: at,
    });
    expect(reader.omitted).toEqual([]);
  });

  test.each([
    [404, 'metrics.k8s.io has measured nothing of it'],
    [403, 'the agent has no right to read it'],
    [503, 'the API server answered 503'],
  ])('%d: the ticket says why there is none', async (status, reason) => {
    const { reader } = readerOf(() => {
      throw new KubeApiError('no', { status, message: '' });
    });
    const usage = await readUsage(reader, pod, undefined);
    expect(withUsage([{ name: 'app' }] as never, usage)).toEqual([{ name: 'app' }]);
    expect(reader.omitted).toEqual([{ field: 'containers.usage', reason }]);
  });

  test.each([[{}], [{ containers: 'none' }], [{ containers: [{ usage: { cpu: 'much' } }], timestamp: 7 }]])(
    'odd answers say nothing: %j',
    async (answer) => {
      const { reader } = readerOf(() => answer);
      expect((await readUsage(reader, pod, undefined)).containers.size).toBe(0);
    },
  );
});

describe('PodDisruptionBudgets', () => {
  const owner = {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'web', tier: 'front' } } } },
  } as never;
  const budget = (name: string, selector: unknown, status: object = {}): object => ({
    metadata: { name },
    spec: { minAvailable: 2, selector },
    status: { currentHealthy: 1, desiredHealthy: 2, disruptionsAllowed: 0, ...status },
  });
  const found = async (...items: readonly object[]): Promise<readonly string[] | undefined> => {
    const { reader } = readerOf(() => ({ items }));
    return (await readBudgets(reader, owner))?.map(({ name }) => name);
  };

  test('are those that count its pods', async () => {
    const { reader, paths } = readerOf(() => ({ items: [budget('web', { matchLabels: { app: 'web' } })] }));
    expect(await readBudgets(reader, owner)).toEqual([
      { name: 'web', minAvailable: '2', healthy: 1, wanted: 2, allowed: 0 },
    ]);
    expect(paths).toEqual(['/apis/policy/v1/namespaces/shop/poddisruptionbudgets']);
  });

  test.each([
    [
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] },
      true,
    ],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, false],
    [{ matchLabels: { app: 'other' } }, false],
    // policy/v1: an empty selector counts every pod of the namespace, none at all counts nothing.
    [{}, true],
    [undefined, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Like' }] }, false],
  ])('%j', async (selector, isCounted) => {
    expect(await found(budget('one', selector))).toEqual(isCounted ? ['one'] : undefined);
  });

  test('are not looked for where nobody counts replicas', async () => {
    const { reader, paths } = readerOf(() => ({ items: [] }));
    expect(await readBudgets(reader, { metadata: { name: 'node-1' }, spec: {} } as never)).toBeUndefined();
    expect(await readBudgets(reader, undefined)).toBeUndefined();
    expect(paths).toEqual([]);
  });
});
