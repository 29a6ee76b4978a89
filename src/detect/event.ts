import type { EventView, NodeView, PodView, ViewKind, WorkloadView } from '../domain/views.ts';
import type { Detector, Finding } from './detector.ts';
import { type Report, reportOf, withQuote } from './message.ts';
import { problemsOf } from './node-problems.ts';
import { unservedBy } from './shared-cause.ts';
import { MINUTE } from '../domain/clock.ts';
import type { EventReason } from '../domain/events.ts';

/** A pod that cannot be stopped is being deleted: that is when it is to be stopped. */
const ofPod: Detector<PodView> = {
  kind: 'Pod',
  alsoSees: 'leaving',
  detect: ({ events }) => findingsOf('Pod', events),
};

function ofWorkload(kind: 'DaemonSet' | 'StatefulSet'): Detector<WorkloadView> {
  return {
    kind,
    detect: ({ view, events }) => (view.ready < view.wanted ? findingsOf(kind, events) : []),
  };
}

const ofNode: Detector<NodeView> = {
  kind: 'Node',
  detect: ({ view, events }) =>
    view.removing === true ? [] : [...problemsOf(view), ...findingsOf('Node', events)],
};

/**
 * Events about kinds that are not watched: they are all there is, and name their object. The same failure in other words, as with the
 * name of another pod, is another Event: all about the object count together for what is told of it, and each brings its own occurrences.
 */
const ofUnwatched: Detector<EventView> = {
  kind: 'Event',
  detect: ({ view, events }) => {
    if (isWatched(view.regarding.kind)) return [];
    const about = events.some(({ uid }) => uid === view.uid) ? events : [view];
    return findingsOf(view.regarding.kind, about)
      .filter(({ reason }) => reason === view.reason)
      .map((finding) => ({ ...finding, occurrences: view.count }));
  },
};

/** What only Warning events tell, by rules that are data. */
export const event: readonly Detector[] = [
  ofPod,
  ofNode,
  ofWorkload('DaemonSet'),
  ofWorkload('StatefulSet'),
  ofUnwatched,
];

function isWatched(kind: string): boolean {
  return watchedRuleKinds.some((watched) => watched === kind);
}

function findingsOf(kind: string, events: readonly EventView[]): readonly Finding[] {
  return eventRules.filter((rule) => rule.kind === kind).flatMap((rule) => findingOf(rule, events));
}

function findingOf(rule: EventRule, events: readonly EventView[]): readonly Finding[] {
  const report = lastingReport(rule, events);
  if (report === undefined) return [];
  const { firstAt, lastAt, count, newest } = report;
  return [
    {
      reason: rule.reason,
      message: withQuote(wordsFor(rule, newest.note), newest.note),
      sharedCause: unservedBy(newest.note),
      since: firstAt,
      lastSeenAt: lastAt,
      occurrences: count,
      clearsAt: lastAt + rule.quietMs,
      // A kubelet that reports its Node gives the name in place of the uid.
      ...(isWatched(rule.kind) ? {} : { regarding: { apiVersion: rule.apiVersion, ...newest.regarding } }),
    },
  ];
}

function wordsFor({ words, lasting }: EventRule, note: string): string {
  return lasting?.says.test(note) === true ? lasting.words : words;
}

/** What the Events say that the rule is about, when it has come often and long enough: sooner where no time heals it. */
function lastingReport(rule: EventRule, events: readonly EventView[]): Report | undefined {
  const isOfRule = ({ reason }: EventView): boolean => reason === rule.reason;
  const { lasting } = rule;
  const isEnough = (report: Report | undefined, { minCount, minSpanMs }: Threshold): boolean =>
    report !== undefined && report.count >= minCount && report.lastAt - report.firstAt >= minSpanMs;
  const all = reportOf(events, isOfRule);
  if (isEnough(all, rule)) return all;
  if (lasting === undefined || all === undefined || !lasting.says.test(all.newest.note)) return undefined;
  const those = reportOf(events, (event) => isOfRule(event) && lasting.says.test(event.note));
  return isEnough(those, lasting) ? those : undefined;
}

/** How often an Event must have come, and over how long at least. */
interface Threshold {
  readonly minCount: number;
  readonly minSpanMs: number;
}

/** Rule for a Warning that is a failure by itself, because no level shows it. */
interface EventRule extends Threshold {
  /** Kind of the object that the event is about. */
  readonly kind: string;
  /** Of that kind; also names the object where it is not watched itself. */
  readonly apiVersion: string;
  readonly reason: EventReason;
  readonly words: string;
  /** What says that it does not pass by itself, and how soon that is told. */
  readonly lasting?: Threshold & { readonly says: RegExp; readonly words: string };
  /** It is over when it has not come again for so long. */
  readonly quietMs: number;
}

/** What an autoscaler says of each sort of metric that it does not get (pkg/controller/podautoscaler). */
const metricReasons = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
] as const satisfies readonly EventReason[];

/**
 * A container without the request of which the autoscaler is to use a share (replica_calculator.go): only somebody who changes the pods
 * ends that. The Events come every 15 s until 25 have, then one every 5 minutes, so that ten of them can take an hour.
 */
const missingRequest = {
  says: /missing request for /,
  words: 'the autoscaler cannot scale',
  minCount: 3,
  minSpanMs: 2 * MINUTE,
};

/** What it says where it cannot tell its pods: it scales nothing until somebody changes a selector, or takes one of two autoscalers away. */
const selectorReasons = [
  'AmbiguousSelector',
  'InvalidSelector',
  'SelectorRequired',
] as const satisfies readonly EventReason[];

/** Controllers that delete a Failed pod and recreate it: the Event is all that is left of it. */
const replaced = {
  words: 'its pods fail and are recreated, again and again',
  minCount: 3,
  minSpanMs: 5 * MINUTE,
  quietMs: 20 * MINUTE,
};

/** The rules that are shipped. */
const eventRules: readonly EventRule[] = [
  {
    kind: 'Node',
    apiVersion: 'v1',
    reason: 'SystemOOM',
    words: 'the node ran out of memory and killed a process',
    minCount: 1,
    minSpanMs: 0,
    quietMs: 15 * MINUTE,
  },
  {
    kind: 'Pod',
    apiVersion: 'v1',
    reason: 'FailedKillPod',
    words: 'the pod cannot be stopped',
    minCount: 3,
    minSpanMs: 10 * MINUTE,
    quietMs: 15 * MINUTE,
  },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', reason: 'FailedDaemonPod', ...replaced },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', reason: 'RecreatingFailedPod', ...replaced },
  {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    reason: 'ProvisioningFailed',
    words: 'no volume can be made for the claim',
    minCount: 3,
    minSpanMs: 5 * MINUTE,
    quietMs: 20 * MINUTE,
  },
  ...metricReasons.map((reason) => ({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    reason,
    words: 'the autoscaler does not get the metrics it scales by',
    lasting: missingRequest,
    minCount: 10,
    minSpanMs: 15 * MINUTE,
    quietMs: 15 * MINUTE,
  })),
  ...selectorReasons.map((reason) => ({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    reason,
    words: 'the autoscaler cannot tell which pods are its own, and scales nothing',
    minCount: 3,
    minSpanMs: 5 * MINUTE,
    quietMs: 15 * MINUTE,
  })),
  {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    reason: 'FailedGetScale',
    words: 'the autoscaler does not find what it is to scale',
    minCount: 10,
    minSpanMs: 15 * MINUTE,
    quietMs: 15 * MINUTE,
  },
];

/** Kinds that the rules are about and that have views of their own. Of all others there is the Event alone. */
const watchedRuleKinds: readonly ViewKind[] = ['Node', 'Pod', 'DaemonSet', 'StatefulSet'];
