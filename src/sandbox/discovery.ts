import { apiVersionOf, resources, type Resource } from './resources.ts';

/** The version that the sandbox claims to be. */
export const KUBERNETES_VERSION = 'v1.36.3';

const version = {
  major: '1',
  minor: '36',
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const mainVerbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function describeResource(resource: Resource): readonly unknown[] {
  const { plural, singular, namespaced, kind, shortNames } = resource;
  const main = { name: plural, singularName: singular, namespaced, kind, verbs: mainVerbs, shortNames };
  const part = { singularName: '', namespaced, kind };
  return [
    main,
    ...(resource.hasStatus ? [{ ...part, name: `${plural}/status`, verbs: ['get', 'patch', 'update'] }] : []),
    ...(kind === 'Pod' ? [{ ...part, name: 'pods/log', verbs: ['get'] }] : []),
  ];
}

function resourceList(apiVersion: string): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion,
    resources: resources
      .filter((resource) => apiVersionOf(resource) === apiVersion)
      .flatMap(describeResource),
  };
}

function describeGroup(groupVersion: string): Record<string, unknown> {
  const [name, versionName] = groupVersion.split('/');
  const preferred = { groupVersion, version: versionName };
  return { name, versions: [preferred], preferredVersion: preferred };
}

function buildDocuments(): ReadonlyMap<string, unknown> {
  const groupVersions = [...new Set(resources.map(apiVersionOf))];
  const named = groupVersions.filter((groupVersion) => groupVersion.includes('/'));
  const groupList = { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(describeGroup) };
  const group = { kind: 'APIGroup', apiVersion: 'v1' };
  return new Map<string, unknown>([
    ['/version', version],
    ['/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }],
    ['/apis', groupList],
    ['/api/v1', resourceList('v1')],
    ...named.map((name): [string, unknown] => [`/apis/${name}`, resourceList(name)]),
    ...named.map((name): [string, unknown] => [
      `/apis/${name.split('/')[0]}`,
      { ...group, ...describeGroup(name) },
    ]),
  ]);
}

/** Documents that do not change, by path: the version and what is served. */
export const documents = buildDocuments();

/** Paths that answer `ok` as text. */
export const healthPaths: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz']);
