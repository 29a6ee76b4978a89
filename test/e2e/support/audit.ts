import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

/** What an account has asked the API server for: `verb group/resource`, with the subresource. */
export interface Asked {
  readonly what: string;
  /** Answered with 403. */
  readonly isRefused: boolean;
}

interface Entry {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
}

/** All that the accounts of a namespace have asked for since `since`, by the audit log. */
export async function askedBy(file: string, namespace: string, since: Date): Promise<readonly Asked[]> {
  const account = `system:serviceaccount:${namespace}:`;
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes(account));
  return lines.flatMap((line) => {
    const { verb, user, objectRef, responseStatus, requestReceivedTimestamp } = JSON.parse(line) as Entry;
    const isOurs = user.username.startsWith(account) && new Date(requestReceivedTimestamp) >= since;
    if (!isOurs || objectRef === undefined) return [];
    const { apiGroup = '', resource, subresource } = objectRef;
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    return [{ what: `${verb} ${apiGroup}/${name}`, isRefused: responseStatus?.code === 403 }];
  });
}

interface Role {
  readonly kind: string;
  readonly rules?: readonly Readonly<Record<'apiGroups' | 'resources' | 'verbs', readonly string[]>>[];
}

/** All that the roles of rendered manifests give, in the words of `askedBy`. */
export function grantedBy(manifests: string): ReadonlySet<string> {
  const roles = parseAllDocuments(manifests)
    .map((document) => document.toJS() as Role | null)
    .filter((object) => object?.kind === 'Role' || object?.kind === 'ClusterRole');
  const rules = roles.flatMap((role) => role?.rules ?? []);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}
