import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/index.ts';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { Redactor } from '../enrich/index.ts';
import { containersOf, secretValuesOf } from '../kube/evidence/container.ts';
import { objectPath } from '../kube/evidence/evidence-reader.ts';
import { ClusterIndex } from '../observe/cluster-index.ts';
import { openOwnerReader, selectorsOf } from '../agent/cluster.ts';
import { answerOf } from '../observe/custom-owners.ts';
import { type StageSettings, stageSettings } from '../agent/stage-settings.ts';
import { watchedResources, Watches } from '../watch/index.ts';
import { type Found, missingOwners, previewRows, refusedAnnotations, type Row } from './preview-rows.ts';
import { heldRows } from './preview-held.ts';
import { previewTicket, ticketText } from './preview-ticket.ts';
import {
  aborted,
  clusterHelp,
  clusterOptions,
  CommandError,
  type CommandIo,
  outputOf,
  stopSignal,
} from './process.ts';
import { namespaceOf, openCluster } from './runtime.ts';

const usage = `usage: ankra-support-agent preview [--config FILE] [--kubeconfig FILE] [--context NAME] [--namespace NAME]
                                   [--timeout 60s] [--output text|json] [--ticket KIND/NAMESPACE/NAME]

Reads the cluster once and shows what would be filed now, what waits, and what is kept back and why. Writes nothing.
With --ticket it prints the very ticket that would be filed for that workload.
Exit code 1 when something could not be read, which is then named: what it does not show may fail all the same.

${clusterHelp}
--timeout 60s      how long it reads at most: 30s, 2m
--output json      the rows as JSON; text when not given
`;

/** `preview`: reads the cluster once: what would be filed now, what waits and how long, what is suppressed. Writes nothing. */
export async function previewCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      ...clusterOptions,
      output: { type: 'string', default: 'text' },
      timeout: { type: 'string', default: '60s' },
      ticket: { type: 'string' },
    },
  });
  if (values.help) {
    io.out(usage);
    return 0;
  }
  const output = outputOf(values.output);
  const timeoutMs = timeoutOf(values.timeout);
  const config = await loadConfig(values.config, io.env);
  const { redactor, connection } = await openCluster(config, values, io.env);
  const namespace = namespaceOf(connection, values.namespace, io.env);
  try {
    const { index, unread } = await readCluster({ connection, config, namespace, timeoutMs, say: io.err });
    const settings = stageSettings(config, { namespace, name: config.lease.name });
    await readOwners(index, settings, { connection, config });
    if (values.ticket === undefined) {
      const found = [...previewRows(index, settings, connection.clock.now()), ...heldRows(index)];
      const rows = await withoutSecrets(found, redactor, connection);
      io.out(output === 'json' ? toJson(rows) : table(rows, unread.length === 0));
    } else {
      const deps = { index, settings, config, connection, redactor, namespace };
      const ticket = await previewTicket(values.ticket, deps);
      io.out(output === 'json' ? toJson(ticket) : ticketText(ticket));
    }
    for (const line of refusedAnnotations(index, connection.clock.now())) io.err(`${line}\n`);
    for (const line of unread) io.err(`not read: ${redactor.redactLine(line).text}\n`);
    return unread.length === 0 ? 0 : 1;
  } finally {
    connection.close();
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const TIMEOUT = /^(\d{1,4})(s|m)$/;

/** Milliseconds of `--timeout`. Throws CommandError. */
function timeoutOf(text: string): number {
  const [, count, unit] = TIMEOUT.exec(text) ?? [];
  if (count === undefined) throw new CommandError(`--timeout: "${text}" is no time; write 30s or 2m`, 2);
  return Number(count) * (unit === 'm' ? MINUTE : SECOND);
}

interface ReadOptions {
  readonly connection: KubeConnection;
  readonly config: Config;
  readonly namespace: string;
  readonly timeoutMs: number;
  /** Told of the progress. */
  readonly say: (text: string) => void;
}

/** What was seen, and what could not be read: a line for each. */
interface ClusterPicture {
  readonly index: ClusterIndex;
  readonly unread: readonly string[];
}

/** Everything that is watched, as it is now. Throws CommandError when nothing could be read, or the process was stopped before. */
async function readCluster(options: ReadOptions): Promise<ClusterPicture> {
  const { connection, config, timeoutMs, say } = options;
  const index = new ClusterIndex();
  const reasons = new Map<string, string>();
  const watches = new Watches({
    connection,
    clock: connection.clock,
    random: Math.random,
    // What was filed has no part in what fails, and before an installation there is no such resource.
    resources: watchedResources({ ...selectorsOf(config), incidentNamespace: options.namespace }).filter(
      ({ kind }) => kind !== 'Incident',
    ),
    onChange: ({ kind, view }) => {
      if (view.kind === 'Incident') return;
      if (kind === 'upsert') index.upsert(view);
      else index.remove(view);
    },
    observer: (event, { path }) => {
      if (event.kind === 'unwell') reasons.set(path, `${event.reason}, ${event.detail}`);
    },
    timings: { startSpreadMs: 0 },
  });
  await untilRead(watches, { clock: connection.clock, timeoutMs, say });
  await watches.stop();
  const unread = watches.handles.filter(({ status }) => !status.synced);
  const lines = unread.map(
    ({ resource: { name, path } }) =>
      `${name} (${path}): ${reasons.get(path) ?? `no answer within ${timeoutMs / SECOND} s`}`,
  );
  if (unread.length === watches.handles.length)
    throw new CommandError(`nothing could be read from ${connection.server}: ${lines[0] ?? ''}`);
  return { index, unread: lines };
}

const PROGRESS_EVERY_MS = 2 * SECOND;

/** Waits until everything is read that can be, or the time is over, and says now and then how far it is. */
async function untilRead(
  watches: Pick<Watches, 'handles' | 'whenSynced'>,
  { clock, timeoutMs, say }: Pick<ReadOptions, 'timeoutMs' | 'say'> & { readonly clock: Clock },
): Promise<void> {
  const stop = stopSignal();
  const ending = new AbortController();
  const isRead = watches.whenSynced.then(() => 'read' as const);
  const isStopped = aborted(stop.signal).then(() => 'stopped' as const);
  try {
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += PROGRESS_EVERY_MS) {
      const pause = clock.sleep(Math.min(PROGRESS_EVERY_MS, timeoutMs - waitedMs), ending.signal);
      const next = await Promise.race([isRead, isStopped, pause.then(() => 'waiting' as const)]);
      pause.catch(() => undefined);
      if (next === 'read') return;
      if (next === 'stopped') throw new CommandError('stopped before the whole cluster was seen');
      const open = watches.handles
        .filter(({ status }) => !status.synced)
        .map(({ resource: { name } }) => name);
      say(
        `reading the cluster: ${watches.handles.length - open.length} of ${watches.handles.length} lists, waiting for ${open.join(', ')}\n`,
      );
    }
  } finally {
    ending.abort();
    stop.restore();
  }
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

function table(rows: readonly Row[], isWhole: boolean): string {
  if (rows.length === 0) return isWhole ? 'nothing fails\n' : 'nothing fails in what could be read\n';
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
