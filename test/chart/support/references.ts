import { isMap, isScalar, parseAllDocuments, visit } from 'yaml';
import type { Manifest } from './render.ts';

type Labels = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;

/** What is wrong with the selectors and references of a render; empty when each of them finds what it means. */
export function brokenReferences(objects: readonly Manifest[]): readonly string[] {
  return [
    ...pods(objects).flatMap((pod) => brokenPod(pod, objects)),
    ...objects.flatMap((object) => brokenObject(object, objects)),
  ];
}

interface Pod {
  readonly of: string;
  readonly labels: Labels;
  readonly spec: Json;
}

function pods(objects: readonly Manifest[]): readonly Pod[] {
  return objects.flatMap((object): readonly Pod[] => {
    if (object.kind === 'Pod')
      return [{ of: nameOf(object), labels: object.metadata.labels, spec: object['spec'] as Json }];
    if (object.kind !== 'Deployment') return [];
    const { template } = object['spec'] as { template: { metadata: { labels: Labels }; spec: Json } };
    return [{ of: nameOf(object), labels: template.metadata.labels, spec: template.spec }];
  });
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

function isSelected(selector: Labels | undefined, labels: Labels): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function containersOf({ spec }: Pod): readonly Json[] {
  return [...((spec['containers'] ?? []) as Json[]), ...((spec['initContainers'] ?? []) as Json[])];
}

function portNames(pod: Pod): readonly unknown[] {
  return containersOf(pod).flatMap((container) =>
    ((container['ports'] ?? []) as { name?: string }[]).map(({ name }) => name),
  );
}

/** Volumes, probes and spreads of a pod. */
function brokenPod(pod: Pod, objects: readonly Manifest[]): readonly string[] {
  const volumes = new Set(((pod.spec['volumes'] ?? []) as { name: string }[]).map(({ name }) => name));
  const problems = containersOf(pod).flatMap((container) => {
    const mounts = (container['volumeMounts'] ?? []) as { name: string }[];
    const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
      (probe) => (container[probe] as { httpGet?: { port: string } } | undefined)?.httpGet?.port,
    );
    return [
      ...mounts.filter(({ name }) => !volumes.has(name)).map(({ name }) => `no volume ${name}`),
      ...probes
        .filter((port) => port !== undefined && !portNames(pod).includes(port))
        .map((port) => `a probe of port ${String(port)}`),
    ];
  });
  const spreads = (pod.spec['topologySpreadConstraints'] ?? []) as {
    labelSelector?: { matchLabels?: Labels };
  }[];
  const agents = pods(objects);
  if (
    spreads.some(
      ({ labelSelector }) => !agents.some(({ labels }) => isSelected(labelSelector?.matchLabels, labels)),
    )
  )
    problems.push('a spread that selects no pod');
  return problems.map((problem) => `${pod.of}: ${problem}`);
}

type Check = (object: Manifest, objects: readonly Manifest[]) => readonly string[];

/** Finds a pod by the selector in this field of the spec, or in `matchLabels` of it. */
function selectsPod(field: string): Check {
  return (object, objects) => {
    const found = (object['spec'] as Json)[field] as { matchLabels?: Labels } & Labels;
    const selector = found.matchLabels ?? found;
    const isFound = pods(objects).some(({ labels }) => isSelected(selector, labels));
    return isFound ? [] : [`${nameOf(object)} selects no pod`];
  };
}

const brokenPolicy: Check = (binding, objects) => {
  const { policyName } = binding['spec'] as { policyName: string };
  return objects.some(({ metadata }) => metadata.name === policyName)
    ? []
    : [`${nameOf(binding)}: no policy`];
};

const checks: Readonly<Record<string, readonly Check[]>> = {
  Deployment: [selectsPod('selector')],
  PodDisruptionBudget: [selectsPod('selector')],
  NetworkPolicy: [selectsPod('podSelector')],
  Service: [selectsPod('selector'), (object, objects) => brokenPorts(object, pods(objects))],
  PodMonitor: [selectsPod('selector')],
  ServiceMonitor: [brokenMonitor],
  RoleBinding: [brokenBinding],
  ClusterRoleBinding: [brokenBinding],
  ValidatingAdmissionPolicyBinding: [brokenPolicy],
};

function brokenObject(object: Manifest, objects: readonly Manifest[]): readonly string[] {
  return (checks[object.kind] ?? []).flatMap((check) => check(object, objects));
}

function brokenPorts(service: Manifest, all: readonly Pod[]): readonly string[] {
  const { selector, ports } = service['spec'] as { selector: Labels; ports: { targetPort: string }[] };
  const named = all.filter(({ labels }) => isSelected(selector, labels)).flatMap(portNames);
  return ports
    .filter(({ targetPort }) => !named.includes(targetPort))
    .map(({ targetPort }) => `${nameOf(service)}: no port ${targetPort}`);
}

function brokenMonitor(monitor: Manifest, objects: readonly Manifest[]): readonly string[] {
  const spec = monitor['spec'] as { selector: { matchLabels: Labels }; endpoints: { port: string }[] };
  const services = objects.filter(
    ({ kind, metadata }) => kind === 'Service' && isSelected(spec.selector.matchLabels, metadata.labels),
  );
  const ports = services.flatMap((service) =>
    (service['spec'] as { ports: { name: string }[] }).ports.map(({ name }) => name),
  );
  return spec.endpoints.every(({ port }) => ports.includes(port))
    ? []
    : [`${nameOf(monitor)} finds no Service with its port`];
}

function brokenBinding(binding: Manifest, objects: readonly Manifest[]): readonly string[] {
  const { roleRef, subjects } = binding as unknown as {
    roleRef: { kind: string; name: string };
    subjects: { kind: string; name: string; namespace: string }[];
  };
  const has = (kind: string, name: string, namespace?: string): boolean =>
    objects.some(
      (object) =>
        object.kind === kind &&
        object.metadata.name === name &&
        (namespace === undefined || object.metadata.namespace === namespace),
    );
  const role = has(
    roleRef.kind,
    roleRef.name,
    roleRef.kind === 'Role' ? binding.metadata.namespace : undefined,
  );
  const makesAccounts = objects.some(({ kind }) => kind === 'ServiceAccount');
  return [
    ...(role ? [] : [`${nameOf(binding)}: no ${roleRef.kind} ${roleRef.name}`]),
    ...subjects
      .filter(({ kind, name, namespace }) => makesAccounts && !has(kind, name, namespace))
      .map(({ name }) => `${nameOf(binding)}: no account ${name}`),
  ];
}

/** Fields that are strings in every object. */
const textFields = new Set([
  'name',
  'namespace',
  'key',
  'secretName',
  'image',
  'value',
  'cidr',
  'serviceAccountName',
  'interval',
]);
const textMaps = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector']);

/**
 * What the API server, Kustomize or Flux would not take of a rendered text: keys that stand twice, and words that YAML 1.1, which
 * Kubernetes reads, takes for a boolean or a number where a string belongs.
 */
export function yamlProblems(text: string): readonly string[] {
  const problems: string[] = [];
  for (const document of parseAllDocuments(text, { version: '1.1', uniqueKeys: true })) {
    problems.push(...document.errors.map(({ message }) => message));
    visit(document, {
      Pair: (_key, pair, path) => {
        const name = isScalar(pair.key) ? String(pair.key.value) : '';
        const parent = path.at(-2);
        const isInMap =
          parent !== undefined &&
          'key' in parent &&
          isScalar(parent.key) &&
          textMaps.has(String(parent.key.value));
        if (!isScalar(pair.value) || (!textFields.has(name) && !isInMap)) return;
        if (typeof pair.value.value !== 'string')
          problems.push(`${name} is ${String(pair.value.value)}, and no string`);
      },
    });
    if (document.contents !== null && !isMap(document.contents))
      problems.push('a document that is no object');
  }
  return problems;
}
