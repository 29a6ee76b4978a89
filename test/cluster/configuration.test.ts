import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { entryName } from './cache.ts';
import {
  apiServerArguments,
  auditPolicy,
  controllerManagerArguments,
  etcdArguments,
  kubeletArguments,
  loneApiServerArguments,
  proxyConfiguration,
  toArguments,
} from './flags.ts';
import { toolEntry } from './go-tool.ts';
import { kubernetesTool, moduleFile, parseKubernetesVersion, pinnedKubernetes } from './kubernetes.ts';
import { clusterLayout, serverUrl, type Layout } from './layout.ts';
import { containerdConfiguration, kubeletConfiguration, networkConfiguration } from './node-files.ts';
import { certificateExtensions, certificateRequests, kubeconfig } from './pki.ts';

const layout = clusterLayout('/cache/bin');
const lone: Layout = { ...layout, dir: '/tmp/lone', address: '127.0.0.1', apiPort: 1234, etcdPort: 1235 };

describe('flags', () => {
  test('become one argument each', () => {
    expect(toArguments({ name: 'a b', empty: '' })).toEqual(['--name=a b', '--empty=']);
  });

  test('let tokens expire and write an audit log', () => {
    expect(apiServerArguments(layout)).toEqual(
      expect.arrayContaining([
        '--service-account-extend-token-expiration=false',
        `--audit-log-path=${layout.dir}/logs/audit.log`,
        '--authorization-mode=Node,RBAC',
      ]),
    );
    expect(parse(auditPolicy)).toMatchObject({ rules: [{ level: 'Metadata' }] });
  });

  test('make the API server listen for pods, but not on every address of the machine', () => {
    expect(apiServerArguments(layout)).toContain('--bind-address=10.244.0.1');
    expect(kubeletConfiguration(layout)).toContain('\naddress: 10.244.0.1\n');
  });

  test('find a lost node soon', () => {
    expect(controllerManagerArguments(layout)).toContain('--node-monitor-grace-period=16s');
  });

  test('of a lone API server need neither a node nor controllers', () => {
    const args = loneApiServerArguments(lone);
    expect(args).toContain('--disable-admission-plugins=ServiceAccount');
    expect(args.filter((argument) => argument.includes('kubelet'))).toEqual([]);
    expect(serverUrl(lone)).toBe('https://127.0.0.1:1234');
  });

  test('keep every file below the folder of the run', () => {
    for (const args of [etcdArguments(lone), loneApiServerArguments(lone), kubeletArguments(lone)]) {
      const paths = args
        .map((argument) => argument.split('=')[1] ?? '')
        .filter((value) => value.startsWith('/'));
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) expect(path).toMatch(/^\/tmp\/lone\//);
    }
  });
});

describe('configuration files', () => {
  test('make a crash loop visible soon, and never evict or remove an image', () => {
    expect(parse(kubeletConfiguration(layout))).toMatchObject({
      kind: 'KubeletConfiguration',
      crashLoopBackOff: { maxContainerRestartPeriod: '20s' },
      evictionHard: {},
      imageGCHighThresholdPercent: 100,
      failCgroupV1: false,
      nodeStatusUpdateFrequency: '4s',
    });
  });

  test('keep containerd apart from one of the machine', () => {
    const text = containerdConfiguration(layout);
    for (const path of text.matchAll(/^(?:root|state|\s+address|\s+path|\s+conf_dir) = "(.*)"$/gm)) {
      expect(path[1]).toMatch(/^\/var\/lib\/ankra-support-agent-cluster\//);
    }
    expect(text).toContain('restrict_oom_score_adj = true');
  });

  test('let pods reach services on their own bridge', () => {
    expect(parse(proxyConfiguration(layout))).toMatchObject({
      mode: 'nftables',
      nftables: { masqueradeAll: true },
    });
    expect(JSON.parse(networkConfiguration(layout))).toMatchObject({
      plugins: [{ type: 'bridge', hairpinMode: true, ipam: { ranges: [[{ subnet: '10.244.0.0/24' }]] } }],
    });
  });
});

describe('of another version', () => {
  const of = (version: string): Layout => clusterLayout('/cache/bin', version);

  test.each([
    ['1.29.15', { NFTablesProxyMode: true }],
    ['1.30.1', { NFTablesProxyMode: true }],
    ['1.31.0', undefined],
    ['1.36.3', undefined],
  ])('kube-proxy of %s has the gate of its mode only where it needs one', (version, gates) => {
    expect((parse(proxyConfiguration(of(version))) as { featureGates?: object }).featureGates).toEqual(gates);
  });

  test.each([
    ['1.29.15', {}],
    ['1.31.0', { failCgroupV1: false }],
    [
      '1.32.3',
      {
        failCgroupV1: false,
        crashLoopBackOff: { maxContainerRestartPeriod: '20s' },
        featureGates: { KubeletCrashLoopBackOffMax: true },
      },
    ],
    ['1.35.0', { failCgroupV1: false, crashLoopBackOff: { maxContainerRestartPeriod: '20s' } }],
  ])('the kubelet of %s has the fields that it knows', (version, fields) => {
    const { failCgroupV1, crashLoopBackOff, featureGates } = parse(
      kubeletConfiguration(of(version)),
    ) as Record<string, unknown>;
    expect({ failCgroupV1, crashLoopBackOff, featureGates }).toEqual({
      failCgroupV1: undefined,
      crashLoopBackOff: undefined,
      featureGates: undefined,
      ...fields,
    });
  });
});

describe('--kubernetes', () => {
  test.each(['1.29.15', 'v1.29.15'])('takes %s', (text) => {
    expect(parseKubernetesVersion(text)).toBe('1.29.15');
  });

  test.each(['1.29', 'latest', '', '1.29.15-rc.0', '2.0.0', '1.29.15; rm'])('refuses %p', (text) => {
    expect(() => parseKubernetesVersion(text)).toThrow(/^--kubernetes: .*\nRemedy: .*1\.29\.15/);
  });

  test('gives each version a name of its own in the cache, and in what the server calls itself', () => {
    const old = kubernetesTool('1.29.15');
    expect(old).toMatchObject({ version: 'v1.29.15', linkFlags: expect.stringContaining('gitMinor=29') });
    expect(entryName('programs', old.version, [])).toMatch(/^programs-v1\.29\.15-/);
    expect(old.tag).toBe('providerless');
    const pinned = kubernetesTool(pinnedKubernetes);
    expect([pinned.modules, pinned.tag]).toEqual([undefined, undefined]);
  });

  test('makes another entry of the cache when anything changes that goes into a build', async () => {
    const old = kubernetesTool('1.29.15');
    const { tag: _, ...withoutTag } = old;
    const recipe = `${old.modules?.recipe}\n`;
    const write = async (): Promise<void> => undefined;
    const built = [old, withoutTag, { ...old, tag: 'other' }, { ...old, modules: { recipe, write } }];
    const names = await Promise.all([...built, { ...old, linkFlags: '' }].map(toolEntry));
    expect(new Set(names).size).toBe(5);
  });

  test('makes a module file from the published one, which replaces its parts by folders', () => {
    const published = `module k8s.io/kubernetes

go 1.21

require k8s.io/api v0.0.0

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/kubelet => ./staging/src/k8s.io/kubelet
	github.com/a/b => github.com/a/c v1.0.0
)
`;
    const text = moduleFile('1.29.15', published);
    expect(text).toContain('require k8s.io/kubernetes v1.29.15\n');
    expect(text).toContain('\tk8s.io/kubernetes/cmd/kubelet\n');
    expect(text.match(/^\t.* => .*$/gm)).toEqual([
      '\tk8s.io/api => k8s.io/api v0.29.15',
      '\tk8s.io/kubelet => k8s.io/kubelet v0.29.15',
    ]);
  });
});

describe('certificates', () => {
  const request = (name: string) => certificateRequests(layout).find((candidate) => candidate.name === name);

  test('name every address by which the API server is called', () => {
    const names = request('kube-apiserver')?.alternativeNames;
    expect(names).toEqual(expect.arrayContaining(['IP:127.0.0.1', 'IP:10.96.0.1', 'IP:10.244.0.1']));
    expect(certificateRequests(lone)[0]?.alternativeNames).toContain('IP:127.0.0.1');
  });

  test('give a server and a client their own use', () => {
    expect(certificateExtensions({ name: 'a', subject: '/CN=a' })).toBe(
      'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n',
    );
    const server = certificateExtensions({
      name: 'a',
      subject: '/CN=a',
      alternativeNames: ['DNS:a', 'IP:127.0.0.1'],
    });
    expect(server).toContain('serverAuth\nsubjectAltName=DNS:a,IP:127.0.0.1\n');
  });

  test('make the kubelet a node', () => {
    expect(request('kubelet')?.subject).toBe('/O=system:nodes/CN=system:node:node-1');
  });

  test('are named by the kubeconfig of their user', () => {
    expect(parse(kubeconfig(layout, 'admin'))).toMatchObject({
      'current-context': 'test',
      clusters: [{ cluster: { server: 'https://10.244.0.1:6443' } }],
      users: [{ user: { 'client-key': `${layout.dir}/pki/admin.key` } }],
    });
  });
});

describe('pinned versions', () => {
  const folder = join(import.meta.dirname, 'versions');
  const goModule = (name: string): Promise<string> => readFile(join(folder, name, 'go.mod'), 'utf8');

  test('of Kubernetes and all its parts belong together', async () => {
    const text = await goModule('kubernetes');
    expect(text).toMatch(/k8s\.io\/kubernetes v1\.36\.3 /);
    const replaced = [...text.matchAll(/^\t(\S+) => (\S+) (\S+)$/gm)];
    expect(replaced.length).toBeGreaterThan(30);
    for (const [, from, to, version] of replaced) expect([to, version]).toEqual([from, 'v0.36.3']);
  });

  test('are those that the cache entries are called by', async () => {
    const toolchain = await readFile(join(import.meta.dirname, 'toolchain.ts'), 'utf8');
    expect(await goModule('kubernetes')).toContain(`k8s.io/kubernetes v${pinnedKubernetes} `);
    const pins = {
      etcd: 'go.etcd.io/etcd/server/v3',
      kwok: 'sigs.k8s.io/kwok',
      'metrics-server': 'sigs.k8s.io/metrics-server',
    };
    for (const [name, module] of Object.entries(pins)) {
      const version = new RegExp(`${module} (\\S+)`).exec(await goModule(name))?.[1];
      expect(toolchain).toMatch(new RegExp(`'${name}',\\s+(?:version: )?'${version}'`));
    }
  });

  test('come with checksums', async () => {
    for (const name of ['kubernetes', 'etcd', 'kwok', 'metrics-server']) {
      expect((await readdir(join(folder, name))).toSorted()).toEqual(['go.mod', 'go.sum']);
    }
  });
});
