import { type StageSettings, stageSettings } from '../agent/stage-settings.ts';
import type { ClusterView, PodLook, WorkloadLook } from '../desk/page/cluster-page.ts';
import type { Redactor } from '../enrich/index.ts';
import { ClusterIndex } from '../observe/cluster-index.ts';
import { fieldAt, type StoredObject, textAt } from '../sandbox/api-types.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { conditionList } from '../sandbox/pod-status.ts';
import { watchedResources, Watches } from '../watch/index.ts';
import type { DemoPlay } from './demo-play.ts';
import type { Stage } from './demo-stage.ts';
import { previewRows, type Row } from './preview-rows.ts';

type Look = ReturnType<ClusterView['look']>;

interface Watched {
  readonly sandbox: Sandbox;
  readonly index: ClusterIndex;
  readonly settings: StageSettings;
  readonly redactor: Redactor;
  readonly now: () => number;
}

/** The cluster of the demo as its page shows it: objects from the sandbox, and what the agent's own rules say about them. */
export class DemoCluster implements ClusterView {
  readonly #play: DemoPlay;
  #watched: Watched | undefined;

  constructor(play: DemoPlay) {
    this.#play = play;
  }

  /** Begins to watch the cluster, as `preview` does. The answer ends that. */
  async watch({ sandbox, connection, config, redactor }: Stage): Promise<() => Promise<void>> {
    const index = new ClusterIndex();
    const namespace = 'ankra-support-agent';
    const watches = new Watches({
      connection,
      clock: connection.clock,
      random: Math.random,
      resources: watchedResources({ ...config.watch, incidentNamespace: namespace }),
      onChange: ({ kind, view }) => {
        if (view.kind === 'Incident') return;
        if (kind === 'upsert') index.upsert(view);
        else index.remove(view);
      },
      timings: { startSpreadMs: 0 },
    });
    await watches.whenSynced;
    const settings = stageSettings(config, { namespace, name: config.lease.name });
    this.#watched = { sandbox, index, settings, redactor, now: () => connection.clock.now() };
    return () => watches.stop();
  }

  readonly play: ClusterView['play'] = (name) => this.#play.play(name);

  readonly look: ClusterView['look'] = () => ({
    workloads: this.#watched === undefined ? [] : workloadsOf(this.#watched),
    scenarios: this.#play.scenarios(),
    steps: this.#play.steps,
  });
}

function workloadsOf(watched: Watched): Look['workloads'] {
  const { sandbox, index, settings, now } = watched;
  const rows = new Map(previewRows(index, settings, now()).map(({ row }) => [row.workload, row]));
  const incidents = newestIncidents(sandbox.objects.list({ kind: 'Incident' }));
  const pods = Map.groupBy(sandbox.objects.list({ kind: 'Pod' }), workloadOfPod);
  const deployments = sandbox.objects.list({ kind: 'Deployment' });
  const owners = [...deployments, ...sandbox.objects.list({ kind: 'Node' })].map((object) => {
    const name = nameOf(object);
    return lookAt(watched, {
      object,
      row: rows.get(name),
      incident: incidents.get(name),
      pods: pods.get(name) ?? [],
    });
  });
  // An incident of something that is no object: a storm.
  const known = new Set(owners.map(({ name }) => name));
  const others = [...incidents].filter(([name]) => !known.has(name));
  const causes = others.map(([name, incident]) => ({
    name,
    ready: 0,
    wanted: 0,
    pods: [],
    incident: incidentLook(incident, undefined, settings),
  }));
  return [...causes, ...owners.toSorted((one, other) => rank(one) - rank(other))];
}

/** What fails first. */
function rank({ verdict, incident }: WorkloadLook): number {
  if (verdict !== undefined) return 0;
  return incident === undefined ? 2 : 1;
}

function nameOf({ kind, metadata }: StoredObject): string {
  const { namespace } = metadata;
  return namespace === undefined || namespace === ''
    ? `${kind} ${metadata.name}`
    : `${kind} ${namespace}/${metadata.name}`;
}

/** Pods of the scenarios carry the name of their Deployment. */
function workloadOfPod({ metadata }: StoredObject): string {
  return `Deployment ${metadata.namespace ?? ''}/${metadata.labels?.['app'] ?? ''}`;
}

function newestIncidents(objects: readonly StoredObject[]): ReadonlyMap<string, StoredObject> {
  const byAge = objects.toSorted((one, other) =>
    (one.metadata.creationTimestamp ?? '').localeCompare(other.metadata.creationTimestamp ?? ''),
  );
  return new Map(
    byAge.map((object) => {
      const text = (field: string): string => textAt(object, `spec.target.${field}`);
      const namespace = text('namespace');
      return [`${text('kind')} ${namespace === '' ? '' : `${namespace}/`}${text('name')}`, object];
    }),
  );
}

interface Seen {
  readonly object: StoredObject;
  readonly row: Row | undefined;
  readonly incident: StoredObject | undefined;
  readonly pods: readonly StoredObject[];
}

function lookAt({ settings, redactor, now }: Watched, { object, row, incident, pods }: Seen): WorkloadLook {
  const isNode = object.kind === 'Node';
  const count = (path: string): number => Number(fieldAt(object, path) ?? 0);
  return {
    name: nameOf(object),
    ready: isNode ? Number(isReady(object)) : count('status.readyReplicas'),
    wanted: isNode ? 1 : count('spec.replicas'),
    pods: pods.map(podLook),
    ...(row === undefined
      ? {}
      : { verdict: verdictOf(row, { redactor, now: now(), isOpen: isOpen(incident) }) }),
    ...(incident === undefined ? {} : { incident: incidentLook(incident, row, settings) }),
  };
}

function isReady(object: StoredObject): boolean {
  return conditionList(object['status']).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function isOpen(incident: StoredObject | undefined): boolean {
  return incident !== undefined && !['Recovered', 'Rejected'].includes(textAt(incident, 'status.phase'));
}

interface Judging {
  readonly redactor: Redactor;
  readonly now: number;
  readonly isOpen: boolean;
}

function verdictOf(
  row: Row,
  { redactor, now, isOpen: isKnown }: Judging,
): NonNullable<WorkloadLook['verdict']> {
  const message = redactor.redactLine(row.message).text;
  const failure = { class: row.class, message };
  if (row.waitSeconds !== undefined)
    return { ...failure, text: 'is held until it has lasted for', until: now + row.waitSeconds * 1_000 };
  if (row.verdict !== 'files now') return { ...failure, text: row.verdict };
  return { ...failure, text: isKnown ? 'its incident is open' : 'an incident is about to be opened' };
}

function incidentLook(
  incident: StoredObject,
  row: Row | undefined,
  { correlator }: StageSettings,
): NonNullable<WorkloadLook['incident']> {
  const text = (path: string): string | undefined => {
    const value = fieldAt(incident, path);
    return typeof value === 'string' ? value : undefined;
  };
  const phase = text('status.phase') ?? 'Pending';
  const [ticketId, foldedInto] = [text('status.ticketId'), text('status.foldedInto')];
  const lastSeenAt = Date.parse(text('status.lastSeenAt') ?? '');
  const isEnding = phase === 'Filed' && row === undefined && Number.isFinite(lastSeenAt);
  return {
    name: incident.metadata.name,
    phase,
    ...(ticketId === undefined ? {} : { ticketId }),
    ...(foldedInto === undefined ? {} : { foldedInto }),
    ...(isEnding ? { recoversAt: lastSeenAt + correlator.resolveAfterMs } : {}),
  };
}

function podLook(pod: StoredObject): PodLook {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) => {
    const found = fieldAt(pod, `status.${list}`);
    return Array.isArray(found) ? found : [];
  });
  const reasons = statuses.flatMap((status) => {
    const reason = fieldAt(status, 'state.waiting.reason') ?? fieldAt(status, 'state.terminated.reason');
    return typeof reason === 'string' && reason !== 'Completed' ? [reason] : [];
  });
  const state = pod.metadata.deletionTimestamp === undefined ? reasons[0] : 'Terminating';
  return {
    name: pod.metadata.name,
    state: state ?? textAt(pod, 'status.phase'),
    isReady: isReady(pod),
    restarts: statuses.reduce((sum: number, status) => sum + Number(fieldAt(status, 'restartCount') ?? 0), 0),
    node: textAt(pod, 'spec.nodeName'),
  };
}
