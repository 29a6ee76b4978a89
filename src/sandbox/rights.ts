import type { Target } from './router.ts';
import { failure, qualifiedName } from './status.ts';

/** A right: what is left out stands for any. The core group is `''`. */
export interface Right {
  readonly verb?: string;
  readonly group?: string;
  /** With its subresource, `pods/log`. */
  readonly resource?: string;
  readonly namespace?: string;
}

/** Path of the question whether one may do something. */
export const REVIEW_PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** Everybody may do everything, but for what is taken away. */
export class Rights {
  readonly #denied: Right[] = [];

  /** Takes a right away. The answer gives it back. */
  deny(right: Right): () => void {
    this.#denied.push(right);
    return () => void this.#denied.splice(this.#denied.indexOf(right), 1);
  }

  /** Answers a SelfSubjectAccessReview. */
  review(body: string): unknown {
    const { spec } = JSON.parse(body) as { spec: { resourceAttributes: Record<string, string | undefined> } };
    const { verb, group = '', resource = '', subresource, namespace } = spec.resourceAttributes;
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    const asked = { verb, group, resource: name, namespace };
    return {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec,
      status: { allowed: !this.#denied.some((right) => fits(right, asked)) },
    };
  }

  /** Throws the API server's 403 where the right to this request was taken away. */
  check(method: string, target: Target, isWatch: boolean): void {
    const { resource, subresource, namespace, name } = target;
    const verb = verbOf(method, name, isWatch);
    const asked = {
      verb,
      group: resource.group,
      resource: subresource === '' ? resource.plural : `${resource.plural}/${subresource}`,
      namespace,
    };
    if (!this.#denied.some((right) => fits(right, asked))) return;
    const words = `${qualifiedName(resource)} is forbidden: User "sandbox" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}"`;
    throw failure(403, 'Forbidden', words);
  }
}

function verbOf(method: string, name: string, isWatch: boolean): string {
  if (method === 'GET') return name !== '' ? 'get' : isWatch ? 'watch' : 'list';
  return { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method.toLowerCase();
}

function fits(right: Right, asked: { readonly [field in keyof Right]: string | undefined }): boolean {
  return (['verb', 'group', 'resource', 'namespace'] as const).every(
    (field) => right[field] === undefined || right[field] === asked[field],
  );
}
