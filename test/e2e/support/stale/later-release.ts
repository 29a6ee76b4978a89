import type { KubeConnection } from '../../../../src/kube/connection/index.ts';
import { GROUP } from '../../../../src/domain/incident.ts';
import type { Scene } from './scene.ts';

const CRD_PATH = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/incidents.${GROUP}`;

interface Schema {
  type?: string;
  enum?: unknown;
  required?: readonly string[];
  properties?: Record<string, Schema>;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Crd {
  readonly metadata: { resourceVersion?: string };
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

/**
 * Makes the custom resource what a later release may make of it: other words wherever there is a list of them, and fields that this
 * release does not know. All that this release writes is valid as before. Returns what undoes it.
 */
export async function installLaterCrd(admin: KubeConnection): Promise<() => Promise<void>> {
  const before = await admin.json<Crd>({ path: CRD_PATH });
  const later = structuredClone(before);
  for (const { schema } of later.spec.versions) widen(schema.openAPIV3Schema);
  await admin.json({ method: 'PUT', path: CRD_PATH, body: later });
  return async () => {
    const { metadata } = await admin.json<Crd>({ path: CRD_PATH });
    const { resourceVersion } = metadata;
    const body = { ...before, metadata: { ...before.metadata, resourceVersion } };
    await admin.json({ method: 'PUT', path: CRD_PATH, body });
  };
}

function widen({ properties = {} }: Schema): void {
  for (const part of [properties['spec'], properties['status']]) {
    if (part === undefined) continue;
    delete part.required;
    dropWords(part);
    part.properties = {
      ...part.properties,
      later: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    };
  }
}

function dropWords(schema: Schema): void {
  delete schema.enum;
  for (const property of Object.values(schema.properties ?? {})) dropWords(property);
}

/** An Incident as raw fields. */
export interface RawIncident {
  readonly metadata: { readonly name: string; readonly labels?: unknown };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Replaces the Incident of a workload by one that a later release has written: its spec cannot be changed in place. */
export async function rewriteIncident(
  scene: Scene,
  workload: string,
  change: (incident: RawIncident) => Pick<RawIncident, 'spec' | 'status'>,
): Promise<void> {
  const { incidentsPath: path, stage } = scene;
  const [found] = await scene.incidents(workload);
  if (found === undefined) throw new Error(`no Incident of ${workload}`);
  const { name, labels } = found.metadata;
  const { spec, status } = change({ metadata: found.metadata, spec: found.spec, status: found.status ?? {} });
  await stage.admin.json({ method: 'DELETE', path: `${path}/${name}` });
  const body = { apiVersion: `${GROUP}/v1alpha1`, kind: 'Incident', metadata: { name, labels }, spec };
  await stage.admin.json({ method: 'POST', path, body });
  await stage.admin.json({
    method: 'PATCH',
    path: `${path}/${name}/status`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status },
  });
}
