import type { Signal } from '../domain/failure.ts';
import type { EventView, NodeView, ObjectView, PodView, WorkloadView } from '../domain/views.ts';
import type { AnyDetector, Detector, Observation } from './detector.ts';
import { type EventRule, eventRules, nodeProblems, watchedRuleKinds } from './event-rules.ts';
import { type Report, reportOf } from './reports.ts';
import { unservedBy } from './shared-cause.ts';
import { signalOf, withQuote } from './signal.ts';

/** A pod that cannot be stopped is being deleted: that is when it is to be stopped. */
const ofPod: Detector<PodView> = {
  class: 'event',
  kind: 'Pod',
  alsoSees: 'leaving',
  detect: eventsAbout,
};

function ofWorkload(kind: 'DaemonSet' | 'StatefulSet'): Detector<WorkloadView> {
  return {
    class: 'event',
    kind,
    detect: (observation) =>
      observation.view.ready < observation.view.wanted ? eventsAbout(observation) : [],
  };
}

const ofNode: Detector<NodeView> = {
  class: 'event',
  kind: 'Node',
  detect: (observation) =>
    observation.view.removing === true ? [] : [...problemsOf(observation.view), ...eventsAbout(observation)],
};

/** Events about kinds that are not watched: the event is all there is, and names its object. */
const ofUnwatched: Detector<EventView> = {
  class: 'event',
  kind: 'Event',
  detect: ({ view }) => {
    const { regarding } = view;
    if (watchedRuleKinds.some((kind) => kind === regarding.kind)) return [];
    return rulesFor(regarding.kind).flatMap((rule) => {
      const report = reportOf([view], ({ reason }) => reason === rule.reason);
      const { apiVersion } = rule;
      return judge(rule, report, view).map((signal) => ({
        ...signal,
        subject: { apiVersion, ...regarding },
      }));
    });
  },
};

/** What only Warning events tell, by rules that are data. */
export const event: readonly AnyDetector[] = [
  ofPod,
  ofNode,
  ofWorkload('DaemonSet'),
  ofWorkload('StatefulSet'),
  ofUnwatched,
];

function rulesFor(kind: string): readonly EventRule[] {
  return eventRules.filter((rule) => rule.kind === kind);
}

function eventsAbout({ view, events }: Observation<PodView | NodeView | WorkloadView>): readonly Signal[] {
  return rulesFor(view.kind).flatMap((rule) =>
    judge(
      rule,
      reportOf(events, ({ reason }) => reason === rule.reason),
      view,
    ),
  );
}

function judge(rule: EventRule, report: Report | undefined, view: ObjectView): readonly Signal[] {
  if (report === undefined) return [];
  const { firstAt, lastAt, count, newest } = report;
  if (count < rule.minCount || lastAt - firstAt < rule.minSpanMs) return [];
  return [
    signalOf('event', view, {
      reason: rule.reason,
      message: withQuote(rule.words, newest.note),
      sharedCause: unservedBy(newest.note),
      since: firstAt,
      lastSeenAt: lastAt,
      occurrences: count,
      clearsAt: lastAt + rule.quietMs,
    }),
  ];
}

function problemsOf(view: NodeView): readonly Signal[] {
  return view.conditions.flatMap((condition) => {
    const words = Object.hasOwn(nodeProblems, condition.type) ? nodeProblems[condition.type] : undefined;
    if (words === undefined || condition.status !== 'True') return [];
    const { since, type, message } = condition;
    return [signalOf('event', view, { reason: type, message: withQuote(words, message), since })];
  });
}
