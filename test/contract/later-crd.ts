import { isFields, type Fields } from '../../src/sandbox/api-types.ts';
import type { Answer, Client } from './kubernetes-client.ts';

const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/incidents.support.ankra.app';
const LATER = 'v1alpha2';

interface Version extends Fields {
  readonly name: string;
}

/** The custom resource as a later release may have it by the policy of docs/adr/0012: one version more, and fields more. */
export function laterVersions(versions: readonly Version[]): readonly Version[] {
  const [first] = versions;
  if (first === undefined) throw new Error('the custom resource has no version');
  const grown = structuredClone(first);
  add(grown, 'spec', { tenant: { type: 'string', maxLength: 63 } });
  add(grown, 'status', {
    parkedUntil: { type: 'string', format: 'date-time' },
    acknowledgedBy: { type: 'object', properties: { team: { type: 'string' } } },
  });
  return [grown, { ...structuredClone(grown), name: LATER, storage: false }];
}

function add(version: Version, part: 'spec' | 'status', fields: Fields): void {
  let node: unknown = version;
  for (const name of ['schema', 'openAPIV3Schema', 'properties', part, 'properties'])
    node = isFields(node) ? node[name] : undefined;
  if (!isFields(node)) throw new Error(`the custom resource has no ${part}`);
  Object.assign(node, fields);
}

/** Changes the versions of the installed custom resource, and waits until the API server serves them. */
export async function serveVersions(
  client: Client,
  change: (versions: readonly Version[]) => readonly Version[],
): Promise<readonly Version[]> {
  const found = await client.request('GET', CRD);
  const spec = found.body['spec'] as Fields & { readonly versions: readonly Version[] };
  const versions = change(spec.versions);
  const body = { ...found.body, spec: { ...spec, versions } };
  const answer = await client.request('PUT', CRD, { body });
  if (answer.status !== 200) throw new Error(`the custom resource was refused: ${answer.text}`);
  const isLater = versions.some(({ name }) => name === LATER);
  while (((await listLater(client)).status === 200) !== isLater);
  return spec.versions;
}

function listLater(client: Client): Promise<Answer> {
  return client.request('GET', `/apis/support.ankra.app/${LATER}/incidents?limit=1`);
}
