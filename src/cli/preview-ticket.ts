import { createReader } from '../agent/cluster.ts';
import { type StageSettings, stageSettings } from '../agent/stage-settings.ts';
import { createInlineComposer } from '../compose/composer.ts';
import { type IncidentOpening, withoutOwner } from '../compose/incident-draft.ts';
import { createOutboxTexts, unpackLog } from '../compose/ticket-texts.ts';
import type { Config } from '../config/index.ts';
import { type Findings, incidentKey, incidentName } from '../correlate/index.ts';
import type { NewIncident } from '../domain/incident.ts';
import type { Redactor } from '../enrich/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import { evidenceTarget } from '../correlate/due-signals.ts';
import { readMembers, withMemberLogs } from '../reconcile/read-members.ts';
import { version } from '../version.ts';
import { findingsFor, previewRows } from './preview-rows.ts';
import { CommandError } from './process.ts';

export interface TicketPreviewDeps {
  readonly index: ClusterIndex;
  readonly settings: StageSettings;
  readonly config: Config;
  readonly connection: KubeConnection;
  readonly redactor: Redactor;
  /** The namespace of the Incidents. */
  readonly namespace: string;
}

/** A ticket as it would be sent, but for the id of a cluster that only the ticket API knows, and what keeps it from that now. */
export interface PreviewedTicket {
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachment: { readonly filename: string; readonly text: string } | undefined;
  /** As in the list: `files now`, or what it waits for. */
  readonly verdict: string;
}

/** The Incident does not exist yet, nor do the digits of the marker that come from its uid. */
const NO_UID = 'none';

function withoutUid(marker: string): string {
  return marker.replace(/[0-9a-f]{5}$/, '00000');
}

/** The ticket that would be filed for KIND/NAMESPACE/NAME, or KIND/NAME: with all evidence, redacted. Reads alone. Throws CommandError. */
export async function previewTicket(workload: string, deps: TicketPreviewDeps): Promise<PreviewedTicket> {
  const { index, settings, connection, config } = deps;
  const name = rowNameOf(workload);
  const now = connection.clock.now();
  const findings = findingsFor(index, settings, now, name);
  if (findings === undefined)
    throw new CommandError(
      `nothing fails that belongs to ${name}; \`preview\` without --ticket lists what does`,
    );
  const verdicts = previewRows(index, settings, now).filter(
    ({ row }) => row.workload.toLowerCase() === name.toLowerCase(),
  );
  const incident = await compose(findings, deps, now);
  const texts = createOutboxTexts({ clusterId: () => config.clusterId, ticketLink: undefined });
  const whole = {
    ...incident,
    uid: NO_UID,
    resourceVersion: '',
    createdAt: now,
    status: { phase: 'Pending' },
  } as const;
  const { marker, clusterId, ...request } = texts.request(whole, 0);
  const subject = request.subject.replace(marker, withoutUid(marker));
  const description = request.description.replaceAll(marker, withoutUid(marker));
  const file = unpackLog(incident);
  return {
    body: {
      ...request,
      subject,
      description,
      ...(clusterId === undefined ? {} : { cluster_id: clusterId }),
      source: 'agent',
      acknowledged: true,
    },
    attachment:
      file === undefined ? undefined : { filename: file.name, text: Buffer.from(file.content).toString() },
    verdict: verdicts[0]?.row.verdict ?? 'files now',
  };
}

/** `deployment/shop/checkout` as `deployment shop/checkout`. */
function rowNameOf(workload: string): string {
  const [kind = '', ...rest] = workload.split('/');
  if (kind === '' || rest.length < 1 || rest.length > 2 || rest.includes(''))
    throw new CommandError(
      `--ticket: write KIND/NAMESPACE/NAME, or KIND/NAME for a node, not "${workload}"`,
      2,
    );
  return `${kind} ${rest.join('/')}`;
}

async function compose(
  findings: Findings,
  { config, connection, redactor, namespace }: TicketPreviewDeps,
  now: number,
): Promise<NewIncident> {
  const { clock } = connection;
  const reader = createReader({ config, connection, clock });
  const { signal } = new AbortController();
  const facts = await reader.cluster(signal);
  const key = incidentKey(
    config.watch.namespaces.length > 0 ? (config.clusterId ?? '') : (facts.uid ?? ''),
    findings.owner,
  );
  const kind = findings.common?.kind;
  const trigger = kind === 'shared' || kind === 'storm' ? kind : 'automatic';
  const opening: IncidentOpening = { ...findings, key, trigger, name: incidentName(findings.owner, key, 1) };
  const [own, others] = await Promise.all([
    reader.evidence(evidenceTarget(opening), signal),
    readMembers(opening, { reader, earlyOf: () => undefined }, signal),
  ]);
  const evidence = withMemberLogs(own, others);
  const composer = createInlineComposer({
    redactor,
    namespace,
    agent: { name: 'ankra-support-agent', version },
    maxEnvironmentLength: config.environment.maxLength,
    category: config.ticketApi.category,
  });
  const { severityOf } = stageSettings(config, { namespace, name: config.lease.name });
  return composer.compose({
    opening,
    now,
    evidence: trigger === 'automatic' ? evidence : withoutOwner(evidence),
    cluster: { ...facts, ...(config.clusterId === undefined ? {} : { id: config.clusterId }) },
    severity: severityOf(opening, evidence),
  });
}

/** For people: what the ticket's reader sees, then what stands in its `environment`. */
export function ticketText({ body, attachment, verdict }: PreviewedTicket): string {
  const { subject, description, environment, ...rest } = body;
  const fields = Object.entries(rest).map(([name, value]) => `${name}: ${String(value)}`);
  const file = attachment === undefined ? 'none' : `${attachment.filename}\n\n${attachment.text}`;
  return [
    `now: ${verdict}`,
    `subject: ${String(subject)}`,
    ...fields,
    '',
    String(description),
    '',
    '--- environment',
    JSON.stringify(environment, undefined, 2),
    '',
    `--- attachment: ${file}`,
    '',
  ].join('\n');
}
