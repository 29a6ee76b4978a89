import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/index.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { Redactor } from '../enrich/index.ts';
import { containersOf, secretValuesOf } from '../kube/evidence/container.ts';
import { objectPath } from '../kube/evidence/evidence-reader.ts';
import { ClusterIndex } from '../observe/cluster-index.ts';
import { openOwnerReader, selectorsOf } from '../agent/cluster-reader.ts';
import { answerOf } from '../observe/custom-owners.ts';
import { type StageSettings, stageSettings } from '../agent/stage-settings.ts';
import { watchedResources, Watches } from '../watch/index.ts';
import { type Found, missingOwners, previewRows, refusedAnnotations, type Row } from './preview-rows.ts';
import { aborted, clusterOptions, CommandError, type CommandIo, outputOf, stopSignal } from './process.ts';
import { namespaceOf, openCluster } from './runtime.ts';

const usage = 'usage: ankra-support-agent preview [--config FILE] [--kubeconfig FILE] [--output json]\n';

/** `preview`: reads the cluster once: what would be filed now, what waits and how long, what is suppressed. Writes nothing. */
export async function previewCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: { ...clusterOptions, output: { type: 'string', default: 'text' } },
  });
  if (values.help) {
    io.err(usage);
    return 0;
  }
  const output = outputOf(values.output);
  const config = await loadConfig(values.config, io.env);
  const { redactor, connection } = await openCluster(config, values.kubeconfig, io.env);
  const namespace = namespaceOf(connection, undefined, io.env);
  const index = await readCluster(connection, config, namespace);
  if (index === undefined) {
    connection.close();
    throw new CommandError('stopped before the whole cluster was seen');
  }
  const settings = stageSettings(config, { namespace, name: config.lease.name });
  await readOwners(index, settings, { connection, config });
  const found = previewRows(index, settings, connection.clock.now());
  for (const line of refusedAnnotations(index, connection.clock.now())) io.err(`${line}\n`);
  const rows = await withoutSecrets(found, redactor, connection);
  connection.close();
  io.out(output === 'json' ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows));
  return 0;
}

/** Everything that is watched, as it is now; undefined when the process was stopped before all was seen. */
async function readCluster(
  connection: KubeConnection,
  config: Config,
  incidentNamespace: string,
): Promise<ClusterIndex | undefined> {
  const index = new ClusterIndex();
  const stop = stopSignal();
  const watches = new Watches({
    connection,
    clock: connection.clock,
    random: Math.random,
    resources: watchedResources({ ...selectorsOf(config), incidentNamespace }),
    onChange: ({ kind, view }) => {
      if (view.kind === 'Incident') return;
      if (kind === 'upsert') index.upsert(view);
      else index.remove(view);
    },
    timings: { startSpreadMs: 0 },
  });
  await Promise.race([watches.whenSynced, aborted(stop.signal)]);
  await watches.stop();
  stop.restore();
  return watches.synced ? index : undefined;
}

/** Controllers nest a level or two. */
const MAX_ROUNDS = 8;

/** As the agent does it: an owner of a kind that is not watched is read once, and named as it is where it cannot be. */
async function readOwners(
  index: ClusterIndex,
  settings: StageSettings,
  { connection, config }: { readonly connection: KubeConnection; readonly config: Config },
): Promise<void> {
  const reader = openOwnerReader({ connection, clock: connection.clock, config });
  const { signal } = new AbortController();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const missing = missingOwners(index, settings, connection.clock.now());
    if (missing.size === 0) return;
    for (const [reference, { namespace }] of missing) {
      const reading = await reader.read(reference, namespace, signal).catch(() => undefined);
      index.answer(reference.uid, answerOf(reading, undefined, connection.clock.monotonic()));
    }
  }
}

/** The cluster's words may hold what stands in a pod's own environment: it is struck out as in a ticket. */
async function withoutSecrets(
  found: readonly Found[],
  redactor: Redactor,
  connection: KubeConnection,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { row, pod } of found) {
    const secrets = await secretsOf(pod, connection);
    const message = secrets === undefined ? '(not shown)' : redactor.redactLine(row.message, secrets).text;
    rows.push({ ...row, message });
  }
  return rows;
}

/** Undefined when they cannot be known. */
async function secretsOf(
  pod: ObjectRef | undefined,
  connection: KubeConnection,
): Promise<readonly string[] | undefined> {
  const path = pod === undefined ? undefined : objectPath(pod);
  if (path === undefined) return [];
  const object = await connection.json<Parameters<typeof containersOf>[0]>({ path }).catch(() => undefined);
  if (object === undefined) return undefined;
  return containersOf(object).flatMap(({ spec }) => secretValuesOf(spec));
}

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return 'nothing fails\n';
  const header = ['WORKLOAD', 'CLASS', 'AFFECTED', 'VERDICT', 'WHAT'];
  const cells = rows.map((row) => [row.workload, row.class, String(row.affected), row.verdict, row.message]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...cells]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
