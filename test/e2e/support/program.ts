import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ConfigInput } from '../../../src/config/index.ts';
import type { KubeConnection } from '../../../src/kube/connection/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The program of the working tree, run as a person runs it beside a cluster. */
export interface Program {
  /** What it has written so far. */
  readonly log: () => string;
  /** SIGTERM, and waits for its end. */
  readonly stop: () => Promise<void>;
}

export interface ProgramOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly config: Omit<ConfigInput, 'ticketApi'> & { readonly ticketApi: Record<string, unknown> };
  readonly token: string;
}

/** Starts `run`. */
export async function startProgram({
  kubeconfig,
  namespace,
  config,
  token,
}: ProgramOptions): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'program-'));
  const tokenFile = join(folder, 'token');
  const file = join(folder, 'config.json');
  await writeFile(tokenFile, token);
  await writeFile(file, JSON.stringify({ ...config, ticketApi: { ...config.ticketApi, tokenFile } }));
  const args = ['src/main.ts', 'run', '--config', file, '--kubeconfig', kubeconfig, '--namespace', namespace];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const ended = once(child, 'exit');
  return {
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Installs the custom resource as `deploy/` has it. */
export async function createIncidentCrd(api: KubeConnection): Promise<void> {
  const text = await readFile(join(root, 'deploy/crd.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map(
    (document) => document.toJS() as { readonly kind?: string } | null,
  );
  const body = documents.find((object) => object?.kind === 'CustomResourceDefinition');
  await api.json({ method: 'POST', path: CRDS, body });
}

/** Takes it away, with all Incidents. Resolves when it is gone. */
export async function deleteIncidentCrd(api: KubeConnection): Promise<void> {
  const path = `${CRDS}/incidents.support.ankra.app`;
  await api.json({ method: 'DELETE', path });
  for (;;) {
    const { items } = await api.json<{ readonly items: readonly unknown[] }>({ path: CRDS });
    if (items.length === 0) return;
  }
}
