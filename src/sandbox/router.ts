import { resourceAt, resources, type Resource } from './resources.ts';

/** What a URL path names. `namespace` and `name` are `''` where the path has none. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: '' | 'status' | 'log';
}

function splitGroup(path: string): { group: string; version: string; rest: string[] } | undefined {
  const [root, ...steps] = path
    .split('/')
    .filter((step) => step !== '')
    .map(decodeURIComponent);
  if (root === 'api') return { group: '', version: steps[0] ?? '', rest: steps.slice(1) };
  if (root === 'apis') return { group: steps[0] ?? '', version: steps[1] ?? '', rest: steps.slice(2) };
  return undefined;
}

/** Cuts off a leading `namespaces/<ns>`, unless the namespace itself is meant. */
function splitNamespace(rest: readonly string[]): { namespace: string; steps: readonly string[] } {
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  return isNamespaced ? { namespace: rest[1] ?? '', steps: rest.slice(2) } : { namespace: '', steps: rest };
}

function isKnownSubresource(resource: Resource, subresource: string): subresource is Target['subresource'] {
  if (subresource === 'status') return resource.hasStatus;
  return subresource === '' || (subresource === 'log' && resource.kind === 'Pod');
}

/** A namespaced object has no address without its namespace, nor a cluster-scoped one with a namespace. */
function hasAddress({ resource, namespace, name }: Target): boolean {
  return resource.namespaced ? name === '' || namespace !== '' : namespace === '';
}

/** Whether a path is below a group that is part of Kubernetes itself. */
export function isBuiltIn(path: string): boolean {
  const parts = splitGroup(path);
  return parts !== undefined && resources.some(({ group, custom }) => group === parts.group && !custom);
}

/** Finds what a path names; `undefined` for a path that the API server does not serve. */
export function findTarget(path: string): Target | undefined {
  const parts = splitGroup(path);
  if (parts === undefined) return undefined;
  const { namespace, steps } = splitNamespace(parts.rest);
  const [plural = '', name = '', subresource = '', ...more] = steps;
  const resource = resourceAt(parts.group, parts.version, plural);
  if (resource === undefined || more.length > 0 || !isKnownSubresource(resource, subresource))
    return undefined;
  const target = { resource, namespace, name, subresource };
  return hasAddress(target) ? target : undefined;
}
