import { reportedValues } from './reported-values.ts';

/** One set of values, and what the chart makes of it. */
export interface ValueSet {
  readonly what: string;
  /** Values in YAML, as a user writes them. */
  readonly values?: string;
  readonly release?: string;
  readonly namespace?: string;
  readonly args?: readonly string[];
  /** Words of the refusal; without them it renders. */
  readonly refused?: RegExp;
  /** Words that the render has. */
  readonly has?: RegExp;
}

/** The least that the chart asks for. */
export const least = 'clusterName: production\nticketApi: { existingSecret: { name: ticket-api } }\n';

/** Sets that begin with the least. */
function more(what: string, values: string, expected: Omit<ValueSet, 'what' | 'values'> = {}): ValueSet {
  return { what, values: `${least}${values}\n`, ...expected };
}

const uuid = '0b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d';

/** What an installation cannot do without. */
const needed: readonly ValueSet[] = [
  { what: 'nothing', refused: /token.*\n.*clusterName/ },
  { what: 'a token alone', values: 'ticketApi: { existingSecret: { name: t } }', refused: /set clusterName/ },
  { what: 'a cluster alone', values: 'clusterName: production', refused: /existingSecret\.name/ },
  { what: 'the least', values: least, has: /"clusterName": "production"/ },
  { what: 'an id', values: `clusterId: ${uuid}\nticketApi: { token: x }`, has: /"clusterId": "0b5d/ },
  { what: 'observe alone', values: 'config: { mode: observe }' },
  {
    what: 'an id that is no UUID',
    values: 'clusterId: production\nticketApi: { token: x }',
    refused: /clusterId/,
  },
  more('the name where it was once', 'config: { clusterName: x }', { refused: /clusterName/ }),
  {
    what: 'the name in a variable',
    values: 'extraEnv: [{ name: ANKRA_CLUSTER_NAME, value: a }]\nticketApi: { token: x }',
  },
  {
    what: 'two tokens',
    values: 'clusterName: a\nticketApi: { existingSecret: { name: t }, token: x }',
    refused: /choose one/,
  },
  {
    what: 'a Secret and a file',
    values: 'clusterName: a\nticketApi: { existingSecret: { name: t }, tokenFile: /x }',
    refused: /choose one/,
  },
  {
    what: 'a file of a CSI driver',
    values: 'clusterName: a\nticketApi: { tokenFile: /mnt/token }',
    has: /"tokenFile": "\/mnt\/token"/,
  },
  {
    what: 'a file without a path',
    values: 'clusterName: a\nticketApi: { tokenFile: token }',
    refused: /tokenFile/,
  },
];

/** Names that YAML takes for something else: DandyDeveloper/charts#39, netbox-community/netbox-chart#1034, bitnami/charts#33058. */
const names: readonly ValueSet[] = [
  ...['no', 'on', '123', '1e3', 'null', 'true', 'y', '0x1f', '1.5', 'a.b'].map((release) => ({
    what: `release ${release}`,
    values: least,
    release,
  })),
  ...['no', '123', '1e3', 'null', 'true'].map((namespace) => ({
    what: `namespace ${namespace}`,
    values: least,
    namespace,
  })),
  { what: 'a release and a namespace that are numbers', values: least, release: '1', namespace: '2' },
  { what: 'the longest release', values: least, release: 'a'.repeat(53) },
  { what: 'the longest namespace', values: least, namespace: 'a'.repeat(63) },
  {
    what: 'a Secret called no',
    values: 'clusterName: "no"\nticketApi: { existingSecret: { name: "no", key: "1" } }',
    has: /secretName: "no"/,
  },
  {
    what: 'a Secret called no, unquoted',
    values: 'clusterName: a\nticketApi: { existingSecret: { name: no } }',
    refused: /existingSecret/,
  },
  more('a tag that is a number', 'image: { tag: 1.10 }', { refused: /image/ }),
  more('a tag that looks like one', 'image: { tag: "1.10" }', {
    has: /image: "ghcr\.io\/ankraio\/ankra-support-agent:1\.10"/,
  }),
  more('a name that is a number', 'fullnameOverride: "123"', { has: /name: "agent-123"/ }),
  more('a name with capitals', 'fullnameOverride: Agent', { refused: /fullnameOverride/ }),
  more('a class called on', 'priorityClassName: "on"', { has: /priorityClassName: "on"/ }),
  more('an account called 1e3', 'serviceAccount: { create: false, name: "1e3" }', {
    has: /serviceAccountName: "1e3"/,
  }),
  more('a pull Secret called 007', 'image: { pullSecrets: ["007"] }', { has: /- name: "007"/ }),
];

/** Labels: outerbounds/metaflow-tools#73, rancher/local-path-provisioner#392, prometheus-community/helm-charts#5904. */
const labels: readonly ValueSet[] = [
  more(
    'one label in three values',
    'commonLabels: { team: a }\npodLabels: { team: b }\nservice: { labels: { team: c } }',
    { has: /team: b/ },
  ),
  more('the label of the name', 'commonLabels: { app.kubernetes.io/name: mine }'),
  more('a label that selects, on the pod', 'podLabels: { app.kubernetes.io/component: mine }'),
  more(
    'one annotation in three values',
    'commonAnnotations: { a: "1" }\npodAnnotations: { a: "2" }\nservice: { annotations: { a: "3" } }',
  ),
  more('the annotation of the checksum', 'podAnnotations: { checksum/config: mine }'),
  more('another default container', 'podAnnotations: { kubectl.kubernetes.io/default-container: other }', {
    has: /default-container: other/,
  }),
  more('a label "true"', 'podLabels: { sidecar.istio.io/inject: "false" }', { has: /inject: "false"/ }),
  more('a label true', 'podLabels: { sidecar.istio.io/inject: false }', { refused: /podLabels/ }),
  more('a number as an annotation', 'service: { annotations: { prometheus.io/port: 8080 } }', {
    refused: /annotations/,
  }),
  more(
    'a label of the ServiceMonitor',
    'commonLabels: { release: a }\nmetrics: { serviceMonitor: { enabled: true, labels: { release: prometheus } } }',
    { has: /release: prometheus/ },
  ),
];

/** Blocks that are taken away: helm/helm#8026, NVIDIA/k8s-test-infra#796, telepresenceio/telepresence#3649. */
const nulls: readonly ValueSet[] = [
  ...[
    'global',
    'image',
    'config',
    'crds',
    'rbac',
    'serviceAccount',
    'resources',
    'podSecurityContext',
    'containerSecurityContext',
    'openshift',
    'probes',
    'podDisruptionBudget',
    'service',
    'metrics',
    'networkPolicy',
    'admissionPolicy',
    'tests',
    'commonLabels',
    'podAnnotations',
    'nodeSelector',
    'tolerations',
    'topologySpreadConstraints',
    'replicaCount',
    'extraObjects',
    'hostAliases',
  ].map((block) => more(`${block}: null`, `${block}: null`)),
  ...[
    'probes.startup',
    'image.pullPolicy',
    'ticketApi.proxy',
    'ticketApi.ca',
    'ticketApi.url',
    'ticketApi.existingSecret.key',
  ].map((path) => ({ what: `${path}: null`, values: least, args: ['--set', `${path}=null`] })),
  more(
    'the proxy switched on by null blocks',
    'networkPolicy: { enabled: true, apiServer: null, ticketApi: null }',
    { has: /port: 6443/ },
  ),
  more('a memory limit that is taken away', 'resources: { limits: { memory: null } }'),
  more('config.watch: null', 'config: { watch: null }', { refused: /config/ }),
];

/** Patterns of the redaction, as the agent judges them (test/enrich/redact/extra-patterns.test.ts). */
const patterns: readonly ValueSet[] = [
  aPattern('that looks ahead', 'key(?=x)', { refused: /patterns\[0\]\.pattern looks around/ }),
  aPattern('that looks behind', '(?<!a)key', { refused: /looks around/ }),
  aPattern('that refers back', '(a)\\1', { refused: /refers back/ }),
  aPattern('with two repeats without end', 'a+x[0-9]{2,}', { refused: /without an upper bound/ }),
  aPattern('with five choices', 'a?b?c?d?e?x', { refused: /more than 4 choices/ }),
  more(
    "a pattern named like a rule for a vendor's tokens",
    'config: { redaction: { patterns: [{ name: discord-token, pattern: x }] } }',
    { refused: /patterns\[0\]\.name: "discord-token" ends in "-token".*choose another/ },
  ),
  aPattern('as operators write them', 'ACME-[A-Z0-9+*]{16}'),
  aPattern('with a name, escaped signs and a lazy repeat', '(?<id>x)\\+\\*\\(\\?=\\\\1[0-9]{1,9}?(?:a|b)'),
];

function aPattern(what: string, pattern: string, expected: Omit<ValueSet, 'what' | 'values'> = {}): ValueSet {
  const config = { redaction: { patterns: [{ name: 'ours', pattern }] } };
  return more(`a pattern ${what}`, `config: ${JSON.stringify(config)}`, expected);
}

/** As a sub-chart: cert-manager/google-cas-issuer#361, traefik/traefik-helm-chart#1640, open-telemetry/opentelemetry-helm-charts#228. */
const asSubChart: readonly ValueSet[] = [
  more('enabled', 'enabled: true'),
  more('values that all charts share', 'global: { imageRegistry: mirror.example.com, storageClass: fast }', {
    has: /image: "mirror\.example\.com\//,
  }),
  more('pull Secrets as objects', 'global: { imagePullSecrets: [{ name: a }, b] }', {
    has: /- name: "a"\n +- name: "b"/,
  }),
];

/** What the agent would refuse at its start. */
const refusedByTheAgent: readonly ValueSet[] = [
  more('a short Lease', 'config: { lease: { duration: 1s } }', {
    refused: /config\.lease\.duration: 1s is not between 2s and 10m/,
  }),
  more('a Lease shorter than its deadline', 'config: { lease: { duration: 10s } }', {
    refused: /longer than config\.lease\.renewDeadline/,
  }),
  more('a deadline shorter than its period', 'config: { lease: { retryPeriod: 20s } }', {
    refused: /1\.2 times/,
  }),
  more('a long wait', 'config: { groupWait: 10m }', { refused: /config\.groupWait: 10m/ }),
  more('a long class', 'config: { classes: { crash: { for: 2d } } }', {
    refused: /config\.classes\.crash\.for/,
  }),
  more('a short control plane', 'config: { controlPlane: { for: 10s } }', { refused: /controlPlane\.for/ }),
  more('a duration without a unit', 'config: { groupWait: "10" }', { refused: /groupWait/ }),
  more('two units', 'config: { groupWait: 1m30s }', { refused: /groupWait/ }),
  more('a class that is none', 'config: { classes: { crush: {} } }', { refused: /crush/ }),
  more('an old name', 'config: { settle: 10s }', { refused: /settle/ }),
  more('a port of zero', 'config: { http: { port: 0 } }', { refused: /port/ }),
  more(
    'a selector without values',
    'config: { watch: { workloadSelector: { matchExpressions: [{ key: a, operator: In }] } } }',
    { refused: /In and NotIn/ },
  ),
  more(
    'a selector with values too many',
    'config: { watch: { workloadSelector: { matchExpressions: [{ key: a, operator: Exists, values: [b] }] } } }',
    { refused: /Exists/ },
  ),
  {
    what: 'labels of namespaces in namespaced mode',
    values: `clusterId: ${uuid}\nticketApi: { token: x }\nconfig: { watch: { namespaces: [a], namespaceSelector: { matchLabels: { b: c } } } }`,
    refused: /namespaceSelector cannot/,
  },
  more('namespaced mode without an id', 'config: { watch: { namespaces: [shop] } }', {
    refused: /needs clusterId/,
  }),
  {
    what: 'an address with a query',
    values: 'clusterName: a\nticketApi: { token: x, url: "https://t.example.com/?a=b" }',
    refused: /url/,
  },
  {
    what: 'an address with a fragment',
    values: 'clusterName: a\nticketApi: { token: x, url: "https://t.example.com#a" }',
    refused: /url/,
  },
  {
    what: 'an address with a path',
    values: 'clusterName: a\nticketApi: { token: x, url: "https://t.example.com/ankra" }',
  },
  {
    what: 'an address without TLS',
    values: 'clusterName: a\nticketApi: { token: x, url: "http://t.example.com" }',
    refused: /url/,
  },
  {
    what: 'an address with a port that is none',
    values: 'clusterName: a\nticketApi: { token: x, url: "https://t.example.com:99999" }',
    refused: /99999/,
  },
  {
    what: 'an organisation that is no UUID',
    values: 'clusterName: a\nticketApi: { token: x, organisationId: mine }',
    refused: /organisationId/,
  },
];

/** Additions that would stand beside what the chart has. */
const additions: readonly ValueSet[] = [
  more('a variable of the chart', 'extraEnv: [{ name: NODE_OPTIONS, value: x }]', {
    refused: /NODE_OPTIONS/,
  }),
  more('a variable twice', 'extraEnv: [{ name: A, value: x }, { name: A, value: "y" }]', {
    refused: /there twice/,
  }),
  more('a volume of the chart', 'extraVolumes: [{ name: token, emptyDir: {} }]', { refused: /extraVolumes/ }),
  more(
    'a mount of the chart',
    'extraVolumes: [{ name: x, emptyDir: {} }]\nextraVolumeMounts: [{ name: x, mountPath: /etc/ankra-support-agent }]',
    { refused: /extraVolumeMounts/ },
  ),
  more('a container of the chart', 'extraContainers: [{ name: agent, image: a }]', {
    refused: /extraContainers/,
  }),
  more(
    'a rule for secrets',
    'rbac: { extraRules: [{ apiGroups: [""], resources: [secrets], verbs: [get] }] }',
    { refused: /secrets/ },
  ),
  more(
    'an object with a template in it',
    'extraObjects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: "{{ .Release.Name }}-more", labels: {} } }]',
    { has: /name: 'support-more'/ },
  ),
  more(
    'a spread of its own',
    'topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule }]',
  ),
];

/** Kinds of clusters and networks. */
const places: readonly ValueSet[] = [
  more('OpenShift, found', '', {
    args: ['--api-versions', 'security.openshift.io/v1'],
    has: /defaultMode: 292/,
  }),
  more('OpenShift, not adapted', 'openshift: { adaptSecurityContext: never }', {
    args: ['--api-versions', 'security.openshift.io/v1'],
    has: /runAsUser: 65532/,
  }),
  more('a policy for the default port', 'networkPolicy: { enabled: true }', { has: /port: 443\n/ }),
  {
    what: 'a policy for a port of the address',
    values:
      'clusterName: a\nnetworkPolicy: { enabled: true }\nticketApi: { token: x, url: "https://t.example.com:8443/base" }',
    has: /port: 8443/,
  },
  {
    what: 'a policy for an IPv6 address',
    values:
      'clusterName: a\nnetworkPolicy: { enabled: true }\nticketApi: { token: x, url: "https://[fd00::1]:8443" }',
    has: /port: 8443/,
  },
  {
    what: 'a policy for a proxy',
    values:
      'clusterName: a\nnetworkPolicy: { enabled: true }\nticketApi: { token: x, proxy: { url: "http://p.example.com:3128" } }',
    has: /port: 3128/,
  },
  {
    what: 'a policy for a proxy without a port',
    values:
      'clusterName: a\nnetworkPolicy: { enabled: true }\nticketApi: { token: x, proxy: { url: "http://p.example.com" } }',
    has: /port: 80\n/,
  },
  more('ranges of IPv6', 'networkPolicy: { enabled: true, apiServer: { cidrs: ["::/0"] } }', {
    has: /cidr: "::\/0"/,
  }),
  more('a range that is an address', 'networkPolicy: { enabled: true, apiServer: { cidrs: [10.0.0.1] } }', {
    refused: /cidrs/,
  }),
  more('one family', 'service: { ipFamilyPolicy: SingleStack, ipFamilies: [IPv6] }'),
  more('two replicas', 'replicaCount: 2', { has: /PodDisruptionBudget/ }),
  more('no replica', 'replicaCount: 0', { refused: /replicaCount/ }),
  more('a policy on an old cluster', 'admissionPolicy: { enabled: true }', {
    args: ['--kube-version', '1.29.6'],
    refused: /1\.30/,
  }),
  more('the oldest cluster', '', { args: ['--kube-version', '1.29.0'] }),
  more('a cluster of a vendor', '', { args: ['--kube-version', 'v1.31.4-gke.1372000'] }),
  more('a cluster of EKS', '', { args: ['--kube-version', 'v1.30.9-eks-8cce635'] }),
  more('a cluster that is too old', '', { args: ['--kube-version', '1.28.0'], refused: /kubeVersion/ }),
];

/** All of them. */
export const valueSets: readonly ValueSet[] = [
  ...needed,
  ...names,
  ...labels,
  ...nulls,
  ...patterns,
  ...asSubChart,
  ...refusedByTheAgent,
  ...additions,
  ...places,
  ...reportedValues.map(([what, values, expected]) => more(what, values, expected)),
];
