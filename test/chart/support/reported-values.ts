const digest = `sha256:${'a1'.repeat(32)}`;

/** Values beside the least that the chart needs, and the words of the refusal or of the render. */
type Reported = readonly [
  what: string,
  values: string,
  expected: { readonly refused?: RegExp; readonly has?: RegExp },
];

/*
 * Values that users of other charts have reported, each with the place. Of 60 that were tried at first, the chart rendered 14 that the API server or
 * the runtime would have refused: they are those with `found`.
 */
const found: readonly Reported[] = [
  // vectordotdev/helm-charts#504, helm/charts#13909
  ['found: a digest as the tag', `image: { tag: "${digest}" }`, { refused: /set image\.digest/ }],
  // kiali/helm-charts#178
  [
    'found: a repository with a tag',
    'image: { repository: "registry.example.com:5000/a/b:1.2" }',
    { refused: /image\.repository: .* set image\.tag/ },
  ],
  [
    'found: a repository with a digest',
    `image: { repository: "a/b@${digest}" }`,
    { refused: /image\.repository: .* set image\.tag/ },
  ],
  ['found: a tag with a blank', 'image: { tag: "1.2 " }', { refused: /image\.tag: "1\.2 " is no tag/ }],
  // hashicorp/terraform-provider-helm#475
  ['found: a variable that is a number', 'extraEnv: [{ name: A, value: 1 }]', { refused: /extraEnv/ }],
  ['found: a variable that is true', 'extraEnv: [{ name: A, value: true }]', { refused: /extraEnv/ }],
  ['found: a variable without a name', 'extraEnv: [{ value: a }]', { refused: /extraEnv.*name/s }],
  [
    'found: seconds in quotes',
    'tolerations: [{ key: a, operator: Exists, effect: NoExecute, tolerationSeconds: "300" }]',
    { refused: /tolerationSeconds/ },
  ],
  ['found: one host name', 'hostAliases: [{ ip: 10.0.0.1, hostnames: a }]', { refused: /hostnames/ }],
  [
    'found: an interval in words',
    'metrics: { serviceMonitor: { enabled: true, interval: 30 seconds } }',
    { refused: /interval/ },
  ],
  // perses/helm-charts#201, codecentric/helm-charts#883
  [
    'found: a label with a blank',
    'commonLabels: { team: "my team" }',
    { refused: /commonLabels: "my team" cannot be the value of a label/ },
  ],
  // mvisonneau/helm-charts#60
  ['found: a label of 64 letters', `podLabels: { a: ${'a'.repeat(64)} }`, { refused: /podLabels: .* 63/ }],
  [
    'found: a key with a blank',
    'service: { labels: { "a b": c } }',
    { refused: /service\.labels: "a b" is no key/ },
  ],
  [
    'found: a mount without its volume',
    'extraVolumeMounts: [{ name: nowhere, mountPath: /a }]',
    { refused: /no volume is called "nowhere"; add it to extraVolumes/ },
  ],
];

/** Names that other charts have for a value: each is told the one of this chart. */
const names: readonly Reported[] = [
  // docker-hardened-images/catalog#258
  ['imagePullSecrets', 'imagePullSecrets: [{ name: a }]', { refused: /called image\.pullSecrets here/ }],
  // argoproj/argo-helm#4094
  ['namespaceOverride', 'namespaceOverride: monitoring', { refused: /--namespace/ }],
  ['installCRDs', 'installCRDs: true', { refused: /called crds\.enabled here/ }],
  ['securityContext', 'securityContext: {}', { refused: /podSecurityContext or containerSecurityContext/ }],
  // hashicorp/vault-secrets-operator#991
  ['fullNameOverride', 'fullNameOverride: a', { refused: /called fullnameOverride here/ }],
  ['minAvailable', 'podDisruptionBudget: { minAvailable: 1 }', { refused: /maxUnavailable here/ }],
];

/** What was right at the first look. */
const right: readonly Reported[] = [
  // dragonflyoss/dragonfly#3456, kubernetes-sigs/secrets-store-csi-driver#1560
  [
    'pull Secrets of the image as objects',
    'image: { pullSecrets: [{ name: a }, b] }',
    { has: /- name: "a"/ },
  ],
  // argoproj-labs/argocd-image-updater#210
  ['a tag with its digest', `image: { tag: "1.2@${digest}" }`, { has: /agent:1\.2@sha256:a1/ }],
  ['a tag beside a digest', `image: { tag: "1.2", digest: "${digest}" }`, { has: /support-agent@sha256:a1/ }],
  // grafana/agent#5145
  ['a digest without its algorithm', `image: { digest: ${'a1'.repeat(32)} }`, { refused: /image.digest/ }],
  // DependencyTrack/helm-charts#63, che-incubator/kubernetes-image-puller#146
  ['a selector of nodes that is a word', 'nodeSelector: npu2', { refused: /nodeSelector/ }],
  ['a selector of nodes that is a list', 'nodeSelector: [{ a: b }]', { refused: /nodeSelector/ }],
  // helm/charts#8849
  ['tolerations as a map', 'tolerations: { key: a, operator: Exists }', { refused: /tolerations/ }],
  // h2oai/h2ogpt#1616, prometheus-community/helm-charts#1036
  [
    'a security context without ids',
    'podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null }',
    { has: /runAsNonRoot: true/ },
  ],
  // NVIDIA/OpenShell#3033
  ['no security context of the container', 'containerSecurityContext: null', {}],
  ['resources without both halves', 'resources: { limits: null, requests: null }', {}],
  ['resources that are numbers', 'resources: { limits: { cpu: 1, memory: 268435456 } }', { has: /cpu: 1\n/ }],
  // bitnami/charts#5299, bjw-s-labs/helm-charts#473: it is a text here, and stays one.
  ['a template as an annotation', 'podAnnotations: { a: "{{ .Release.Name }}" }', { has: /a: '?\{\{ \.Rel/ }],
  // grafana/k6-operator#660
  ['a name of 64 letters', `fullnameOverride: ${'a'.repeat(64)}`, { refused: /fullnameOverride/ }],
  // grafana/k6-operator#528, losisin/helm-values-schema-json#254
  [
    'what a parent shares with all',
    'global: { cloudProvider: azure, postgresql: { auth: { a: b } }, imageRegistry: null }',
    {},
  ],
  ['variables as a map', 'extraEnv: { A: b }', { refused: /extraEnv/ }],
  ['a budget in per cent', 'replicaCount: 2\npodDisruptionBudget: { maxUnavailable: "50%" }', { has: /50%/ }],
  ['the configuration as a text', 'config: |\n  mode: file', { refused: /config/ }],
  ['an annotation with a colon and a hash', 'commonAnnotations: { "a/b": "c: d # e" }', { has: /c: d # e/ }],
  ['a word as a peer', 'networkPolicy: { enabled: true, ingressFrom: [a] }', { refused: /ingressFrom/ }],
  ['a handler of a probe', 'probes: { liveness: { httpGet: { path: /x } } }', { refused: /liveness/ }],
];

/** All of them. */
export const reportedValues: readonly Reported[] = [...found, ...names, ...right];
