interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly procMount?: string;
  readonly seccompProfile?: { readonly type: string };
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

interface Container {
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

/** The part of a pod's spec that Pod Security looks at. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext & { readonly sysctls?: readonly unknown[] };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const allowedSeccomp: readonly (string | undefined)[] = ['RuntimeDefault', 'Localhost'];

function ofContainer(container: Container, pod: SecurityContext): string[] {
  const context = { ...pod, ...container.securityContext };
  const { drop = [], add = [] } = context.capabilities ?? {};
  const checks: readonly [boolean, string][] = [
    [context.allowPrivilegeEscalation === false, 'allowPrivilegeEscalation is not false'],
    [context.privileged !== true, 'privileged'],
    [drop.includes('ALL'), 'capabilities are not all dropped'],
    [add.every((name) => name === 'NET_BIND_SERVICE'), 'capabilities are added'],
    [context.runAsNonRoot === true, 'runAsNonRoot is not true'],
    [context.runAsUser !== 0, 'runAsUser is 0'],
    [allowedSeccomp.includes(context.seccompProfile?.type), 'no seccomp profile'],
    [(context.procMount ?? 'Default') === 'Default', 'procMount'],
    [(container.ports ?? []).every(({ hostPort = 0 }) => hostPort === 0), 'hostPort'],
  ];
  return checks.filter(([fine]) => !fine).map(([, complaint]) => `${container.name}: ${complaint}`);
}

/**
 * What Pod Security's level `restricted` has against a pod; empty when it is admitted.
 * Rules: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (version 1.36).
 */
export function restrictedViolations(pod: PodSpec): readonly string[] {
  const context = pod.securityContext ?? {};
  const host = [pod.hostNetwork, pod.hostPID, pod.hostIPC].some((used) => used === true);
  const volumes = (pod.volumes ?? [])
    .flatMap((volume) => Object.keys(volume))
    .filter((field) => field !== 'name' && !allowedVolumes.includes(field));
  return [
    ...(host ? ['a namespace of the host'] : []),
    ...((context.sysctls ?? []).length > 0 ? ['sysctls'] : []),
    ...volumes.map((kind) => `a volume of kind ${kind}`),
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap((container) =>
      ofContainer(container, context),
    ),
  ];
}
