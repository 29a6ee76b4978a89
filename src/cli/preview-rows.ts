import {
  type Cause,
  Correlator,
  dueAt,
  type Findings,
  ignoreUntilProblem,
  incidentKey,
  type OwnerHealth,
  ownerHealth,
  type Suppression,
  type TimedSuppression,
} from '../correlate/index.ts';
import type { Freshness } from '../domain/ports.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import { IGNORE_ANNOTATION, IGNORE_UNTIL_ANNOTATION } from '../domain/incident.ts';
import { type ObjectView, type OwnerReference, refOf } from '../domain/views.ts';
import { sayDuration } from '../lib/text.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import { evaluateObject, type Evaluation, type SuppressedBy } from '../observe/evaluate-object.ts';
import type { StageSettings } from '../agent/stage-settings.ts';

/** One failing owner, and what the agent would do about it now. */
export interface Row {
  readonly workload: string;
  readonly class: string;
  readonly message: string;
  readonly affected: number;
  /** `files now`, or what suppresses it and how long. */
  readonly verdict: string;
  /** What suppresses it: a rule, a silence, or the time `for` of its class. */
  readonly rule?: SuppressedBy;
  /** What is left of the time `for`, or of the silence. */
  readonly waitSeconds?: number;
}

/** A row that is not redacted yet, and the pod that the message may quote. */
export interface Found {
  readonly row: Row;
  readonly pod: ObjectRef | undefined;
}

/** Where each rule is written down. */
const places: Readonly<Record<Suppression | TimedSuppression, string>> = {
  ownRelease: 'the agent itself',
  namespaceExcluded: 'watch.excludeNamespaces',
  namespaceNotIncluded: 'watch.includeNamespaces',
  namespaceNotSelected: 'watch.namespaceSelector',
  namespaceIgnored: `annotation ${IGNORE_ANNOTATION} of the namespace`,
  namespaceDeleted: 'its namespace was deleted',
  namespaceIgnoredUntil: `annotation ${IGNORE_UNTIL_ANNOTATION} of the namespace`,
  ignoredUntil: `annotation ${IGNORE_UNTIL_ANNOTATION}`,
  nodeIgnoredUntil: `annotation ${IGNORE_UNTIL_ANNOTATION} of its node, which is not ready`,
  silenced: 'silences',
  workloadNotSelected: 'watch.workloadSelector',
  ignored: `annotation ${IGNORE_ANNOTATION}`,
  classDisabled: 'classes.<name>.enabled',
};

/** What fails in the cluster as it was seen, judged once. */
interface JudgedCluster {
  readonly correlator: Correlator;
  readonly suppressed: ReadonlyMap<string, SuppressedOwner>;
  readonly findings: readonly Findings[];
}

function judgeCluster(index: ClusterIndex, settings: StageSettings, now: number): JudgedCluster {
  const { correlator: options } = settings;
  // An incident would settle first; here it is only asked which would.
  const keyOf = (owner: ObjectRef): string => incidentKey('preview', owner);
  const correlator = new Correlator(
    { ...options, groupWaitMs: 0 },
    {
      keyOf,
      incidents: { count: 0, newestOf: () => undefined, isKeyOccupied: () => false },
      onRelated: () => undefined,
    },
  );
  const moment = { at: now, monotonic: 0 };
  const suppressed = new Map<string, SuppressedOwner>();
  for (const { view, judgement } of judgeAll(index, settings, now)) {
    const { owner, signals } = judgement;
    const key = keyOf(owner);
    if (signals.length > 0)
      correlator.observe({ object: { uid: view.uid, gone: false }, owner, key, signals }, moment);
    else addSuppressed(suppressed, key, judgement);
  }
  // Nothing recovers here, so that what cannot be seen makes no difference.
  const freshnessOf = (): Freshness => ({ since: 0, provenAt: 0 });
  const health = (owner: ObjectRef): OwnerHealth => ownerHealth(owner, index, freshnessOf);
  const clusterState = { freshnessOf, health };
  // What a common cause covers is known only when everybody has been asked.
  for (const key of correlator.keys()) correlator.decide(key, moment, clusterState);
  const findings = [...correlator.keys()].flatMap(
    (key) => correlator.findings(key, moment, clusterState) ?? [],
  );
  return { correlator, suppressed, findings: findings.filter(({ signals }) => signals.length > 0) };
}

/** Everything that fails in the cluster as it was seen: what is to be filed first, what is suppressed last. */
export function previewRows(index: ClusterIndex, settings: StageSettings, now: number): readonly Found[] {
  const { correlator, suppressed, findings } = judgeCluster(index, settings, now);
  const failing = findings.map((found) => {
    const cause = correlator.commonCauseOf(found.key);
    return cause === undefined ? ownRow(found, settings.correlator, now) : coveredRow(found, cause);
  });
  return [...failing, ...[...suppressed.values()].map((owner) => suppressedRow(owner, now))];
}

/** What is known of the failing owner with this name, as rows have it (`Deployment shop/checkout`), whatever rule keeps it back. */
export function findingsFor(
  index: ClusterIndex,
  settings: StageSettings,
  now: number,
  workload: string,
): Findings | undefined {
  const free = { ...settings, rules: { excludeNamespaces: [], disabledClasses: new Set<FailureClass>() } };
  const wanted = workload.toLowerCase();
  return judgeCluster(index, free, now).findings.find(({ owner }) => nameOf(owner).toLowerCase() === wanted);
}

/** Owners of which nothing is known yet, and that decide about what fails now; with the object that names each. */
export function missingOwners(
  index: ClusterIndex,
  settings: StageSettings,
  now: number,
): ReadonlyMap<OwnerReference, ObjectView> {
  const missing = judgeAll(index, settings, now).flatMap(({ view, judgement }) =>
    judgement.missing === undefined ? [] : [[judgement.missing, view] as const],
  );
  return new Map(new Map(missing.map((entry) => [entry[0].uid, entry] as const)).values());
}

interface Judged {
  readonly view: ObjectView;
  readonly judgement: Evaluation;
}

function judgeAll(index: ClusterIndex, settings: StageSettings, now: number): readonly Judged[] {
  const { rules, detect: detectOptions, correlator } = settings;
  const deps = { index, rules, detectOptions, forMs: correlator.forMs };
  const views = new Set<ObjectView>([...index.others(), ...index.unwellPods(), ...index.lonelyEvents()]);
  return [...views].flatMap((view) => {
    const { judgement } = evaluateObject(deps, view, now);
    return judgement === undefined ? [] : [{ view, judgement }];
  });
}

/** Another incident covers it. */
function coveredRow({ owner, signals, affected }: Findings, { kind, target }: Cause): Found {
  const row = {
    workload: nameOf(owner),
    class: signals[0]?.class ?? '',
    message: signals[0]?.message ?? '',
    affected: affected.length,
    verdict: `is covered by the incident of ${nameOf(target)} (${kind})`,
  };
  return { row, pod: podOf(signals) };
}

interface SuppressedOwner {
  readonly judgement: Evaluation;
  readonly rule: Suppression | TimedSuppression;
  affected: number;
}

function addSuppressed(suppressed: Map<string, SuppressedOwner>, key: string, judgement: Evaluation): void {
  const by = judgement.kept?.by;
  if (by === undefined || by === 'for') return;
  const known = suppressed.get(`${key}/${by}`);
  if (known === undefined) suppressed.set(`${key}/${by}`, { judgement, rule: by, affected: 1 });
  else known.affected += 1;
}

function ownRow(findings: Findings, { forMs, mode }: StageSettings['correlator'], now: number): Found {
  const { owner, signals, affected } = findings;
  const [next] = signals.toSorted((left, right) => dueAt(left, { forMs }) - dueAt(right, { forMs }));
  const waitMs = next === undefined ? 0 : Math.max(0, dueAt(next, { forMs }) - now);
  const common = {
    workload: nameOf(owner),
    class: signals[0]?.class ?? '',
    message: signals[0]?.message ?? '',
    affected: affected.length,
  };
  const pod = podOf(signals);
  if (next === undefined || waitMs === 0)
    return { row: { ...common, verdict: mode === 'file' ? 'files now' : 'is observed, not filed' }, pod };
  const verdict = `waits ${sayDuration(waitMs)}: classes.${next.class}.for is ${sayDuration(forMs[next.class])}`;
  return { row: { ...common, verdict, rule: 'for', waitSeconds: Math.ceil(waitMs / 1_000) }, pod };
}

function suppressedRow({ judgement, rule, affected }: SuppressedOwner, now: number): Found {
  const { owner, first, kept } = judgement;
  const place = places[rule].replace('<name>', first.class);
  const leftMs = (kept?.until ?? Infinity) - now;
  const written = kept?.reason === undefined ? place : `${place}: ${kept.reason}`;
  const left = leftMs === Infinity ? '' : `, ${sayDuration(leftMs)} left`;
  const row = {
    workload: nameOf(owner),
    class: first.class,
    message: first.message,
    affected,
    verdict: `suppressed: ${rule} (${written})${left}`,
    rule,
    ...(leftMs === Infinity ? {} : { waitSeconds: Math.ceil(leftMs / 1_000) }),
  };
  return { row, pod: podOf([first]) };
}

/** A line for each object whose annotation `ignore-until` says nothing that can be followed. */
export function refusedAnnotations(index: ClusterIndex, now: number): readonly string[] {
  return [...index.others()].flatMap((view) => {
    const problem = ignoreUntilProblem(view, now);
    return problem === undefined ? [] : [`${nameOf(refOf(view))}: ${IGNORE_UNTIL_ANNOTATION} ${problem}`];
  });
}

/** `Deployment shop/checkout`, as rows have it. */
export function nameOf({ kind, namespace, name }: ObjectRef): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function podOf(signals: readonly Signal[]): ObjectRef | undefined {
  return signals.find(({ regarding }) => regarding.kind === 'Pod')?.regarding;
}
