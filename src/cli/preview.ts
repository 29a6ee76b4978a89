import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/index.ts';
import {
  createIncidentBook,
  type Findings,
  incidentKey,
  rootOwner,
  type Suppression,
  suppressionOf,
} from '../correlate/index.ts';
import { detect } from '../detect/index.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import { createKubeConnection, type KubeConnection } from '../kube/connection/index.ts';
import { containersOf } from '../kube/evidence/container.ts';
import { objectPath } from '../kube/evidence/kinds.ts';
import { secretValuesOf } from '../kube/evidence/template.ts';
import { systemClock } from '../lib/system-clock.ts';
import { sayDuration } from '../lib/text.ts';
import { type ClusterIndex, createClusterIndex } from '../pipeline/cluster-index.ts';
import { type StageSettings, stageSettings } from '../pipeline/settings.ts';
import { version } from '../version.ts';
import { startWatches, watchedResources } from '../watch/index.ts';
import { CommandError, type CommandIo, stopSignal } from './process.ts';
import { kubeSource } from './run.ts';
import { createAgentRedactor, createKnownSecrets } from './runtime.ts';

const usage = 'usage: ankra-support-agent preview [--config FILE] [--kubeconfig FILE] [--output json]\n';

/** One failing owner, and what the agent would do about it now. */
interface Row {
  readonly workload: string;
  readonly class: string;
  readonly message: string;
  readonly affected: number;
  /** `files now`, `waits 3 min`, or what keeps it back. */
  readonly verdict: string;
}

/** A row that is not redacted yet, and the pod that the message may quote. */
interface Found {
  readonly row: Row;
  readonly pod: ObjectRef | undefined;
}

/** `preview`: one look at the cluster: what would be filed now, what waits and how long, what is kept back. Writes nothing. */
export async function previewCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      config: { type: 'string' },
      kubeconfig: { type: 'string' },
      output: { type: 'string', default: 'text' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || !['text', 'json'].includes(values.output)) {
    io.err(usage);
    return values.help ? 0 : 2;
  }
  const config = await loadConfig(values.config, io.env);
  const connection = await createKubeConnection(kubeSource(values.kubeconfig, io.env), {
    clock: systemClock,
    version,
  });
  const namespace = io.env['POD_NAMESPACE'] ?? connection.namespace ?? 'ankra-support-agent';
  const index = createClusterIndex();
  const stop = stopSignal();
  const watches = startWatches({
    connection,
    clock: systemClock,
    random: Math.random,
    resources: watchedResources({ namespaces: config.watch.namespaces, incidentNamespace: namespace }),
    onChange: ({ kind, view }) => {
      if (kind === 'upsert' && view.kind !== 'Incident') index.upsert(view);
    },
    timings: { startSpreadMs: 0 },
  });
  await Promise.race([
    watches.whenSynced,
    new Promise((resolve) => stop.signal.addEventListener('abort', resolve)),
  ]);
  await watches.stop();
  stop.restore();
  const found = judgeAll(index, config, stageSettings(config, { namespace, name: config.lease.name }));
  const rows = watches.synced ? await withoutSecrets(found, config, connection) : [];
  connection.close();
  if (!watches.synced) throw new CommandError('stopped before the whole cluster was seen');
  io.out(values.output === 'json' ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows));
  return 0;
}

function judgeAll(index: ClusterIndex, config: Config, settings: StageSettings): readonly Found[] {
  const now = systemClock.now();
  const book = createIncidentBook(settings.book);
  const kept = new Map<string, Found>();
  const views: ObjectView[] = [...index.others(), ...index.unwellPods()];
  for (const view of new Set(views)) {
    const { signals } = detect({
      view,
      events: index.eventsOf(view.uid),
      now,
      options: { recoveryQuietMs: config.recovery.quiet },
    });
    if (signals.length === 0) continue;
    const owner = rootOwner(view, index);
    const key = incidentKey('preview', owner);
    const rule = suppressionOf(owner, settings.rules, index);
    if (rule === undefined)
      book.observe({ subject: { uid: view.uid, gone: false }, owner, key, signals }, now);
    else kept.set(key, keptBack(view, signals, rule));
  }
  const found = [...book.keys()].flatMap((key) => {
    const findings = book.findings(key, now);
    return findings === undefined ? [] : [toRow(findings, settings, now)];
  });
  return [...found, ...kept.values()];
}

/** The cluster's words may hold what stands in a pod's own environment: it is struck out as in a ticket. */
async function withoutSecrets(
  found: readonly Found[],
  config: Config,
  connection: KubeConnection,
): Promise<readonly Row[]> {
  const redactor = createAgentRedactor(config, createKnownSecrets());
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

function podOf(signals: readonly Signal[]): ObjectRef | undefined {
  return signals.find(({ subject }) => subject.kind === 'Pod')?.subject;
}

function toRow(findings: Findings, { book, rules }: StageSettings, now: number): Found {
  const { owner, signals, affected } = findings;
  const first = signals[0];
  const enabled = signals.filter((signal) => !rules.disabledClasses.has(signal.class));
  const waits = enabled.map((signal) =>
    signal.immediate ? 0 : signal.since + book.holdMs[signal.class] - now,
  );
  const left = Math.min(...waits);
  const verdict =
    enabled.length === 0
      ? 'kept back: classDisabled'
      : left <= 0
        ? 'files now'
        : `waits ${sayDuration(left)}`;
  const row = {
    workload: `${owner.kind} ${owner.namespace}/${owner.name}`,
    class: first?.class ?? '',
    message: first?.message ?? '',
    affected: affected.length,
    verdict,
  };
  return { row, pod: podOf(signals) };
}

function keptBack(view: ObjectView, signals: readonly Signal[], rule: Suppression): Found {
  const row = {
    workload: `${view.kind} ${view.namespace}/${view.name}`,
    class: signals[0]?.class ?? '',
    message: signals[0]?.message ?? '',
    affected: 1,
    verdict: `kept back: ${rule}`,
  };
  return { row, pod: podOf(signals) };
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
