import type { Manifest } from './render.ts';

/** A rule of a Role or ClusterRole. */
interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** One verb on one resource that a role grants. */
export interface Grant {
  readonly role: string;
  readonly kind: string;
  /** Where it holds; `undefined` is the whole cluster. */
  readonly namespace: string | undefined;
  /** `group/resource`, `/resource` for the core group. */
  readonly resource: string;
  readonly verb: string;
}

/** Everything that the roles among these objects grant, verb by verb. */
export function grants(objects: readonly Manifest[]): readonly Grant[] {
  return objects
    .filter((object) => object.kind === 'Role' || object.kind === 'ClusterRole')
    .flatMap((role) =>
      ((role['rules'] ?? []) as readonly PolicyRule[]).flatMap((rule) =>
        resourcesOf(rule).flatMap((resource) =>
          rule.verbs.map((verb) => ({
            role: role.metadata.name,
            kind: role.kind,
            namespace: role.kind === 'Role' ? role.metadata.namespace : undefined,
            resource,
            verb,
          })),
        ),
      ),
    );
}

function resourcesOf(rule: PolicyRule): readonly string[] {
  const urls = (rule.nonResourceURLs ?? []).map((url) => `url ${url}`);
  return [
    ...urls,
    ...(rule.apiGroups ?? []).flatMap((group) =>
      (rule.resources ?? []).map((resource) => `${group}/${resource}`),
    ),
  ];
}

const reading = ['get', 'list', 'watch'];

/** The only writes: on objects of the agent's own, in its own namespace. */
const ownWrites: Readonly<Record<string, readonly string[]>> = {
  'coordination.k8s.io/leases': ['create', 'update', 'patch'],
  'support.ankra.app/incidents': ['create', 'delete'],
  'support.ankra.app/incidents/status': ['patch'],
};

/** Subresources that may be read. `get` on exec, attach, portforward or proxy would run commands or open tunnels. */
const harmlessSubresources = ['', 'log', 'status', 'scale'];

function isAllowedWrite(grant: Grant, releaseNamespace: string): boolean {
  // The answer to a person, on the object that was annotated.
  if (grant.resource === '/events') return grant.verb === 'create';
  return grant.namespace === releaseNamespace && (ownWrites[grant.resource] ?? []).includes(grant.verb);
}

/** Why a grant must not be; `undefined` when it may. `get` on ConfigMaps may be where the values ask for it. */
export function objection(grant: Grant, releaseNamespace: string): string | undefined {
  const [, resource = '', subresource = ''] = grant.resource.split('/');
  const objections: readonly [boolean, string][] = [
    [grant.resource.startsWith('url '), 'a right on URLs'],
    [`${grant.resource}${grant.verb}`.includes('*'), 'a wildcard'],
    [resource === 'secrets', 'a right on secrets'],
    [resource === 'configmaps' && grant.verb !== 'get', 'more than `get` on configmaps'],
    [!harmlessSubresources.includes(subresource), 'a dangerous subresource'],
    [!reading.includes(grant.verb) && !isAllowedWrite(grant, releaseNamespace), 'a write'],
  ];
  return objections.find(([holds]) => holds)?.[1];
}
