import type { EventView, NodeView, PodView, WorkloadView } from '../domain/views.ts';
import type { Detector, Finding } from './detector.ts';
import { type EventRule, eventRules, nodeProblems, watchedRuleKinds } from './event-rules.ts';
import { withQuote } from './message.ts';
import { reportOf } from './reports.ts';
import { unservedBy } from './shared-cause.ts';

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

/** Events about kinds that are not watched: the event is all there is, and names its object. */
const ofUnwatched: Detector<EventView> = {
  kind: 'Event',
  detect: ({ view }) => (isWatched(view.regarding.kind) ? [] : findingsOf(view.regarding.kind, [view])),
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
  const report = reportOf(events, ({ reason }) => reason === rule.reason);
  if (report === undefined) return [];
  const { firstAt, lastAt, count, newest } = report;
  if (count < rule.minCount || lastAt - firstAt < rule.minSpanMs) return [];
  return [
    {
      reason: rule.reason,
      message: withQuote(rule.words, newest.note),
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

function problemsOf(view: NodeView): readonly Finding[] {
  return view.conditions.flatMap((condition) => {
    const words = Object.hasOwn(nodeProblems, condition.type) ? nodeProblems[condition.type] : undefined;
    if (words === undefined || condition.status !== 'True') return [];
    const { since, type, message } = condition;
    return [{ reason: type, message: withQuote(words, message), since }];
  });
}
