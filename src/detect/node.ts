import { MINUTE } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';
import type { Condition, NodeView } from '../domain/views.ts';
import { sayTime } from '../lib/text.ts';
import type { Detector } from './detector.ts';
import { signalOf, withQuote } from './signal.ts';

/** The kubelet fixes pressure by itself, by evicting and clearing up: 5 minutes with the hold of 2. */
const PRESSURE_PATIENCE_MS = 3 * MINUTE;

const troubles: Readonly<Record<string, { readonly words: string; readonly patienceMs: number }>> = {
  NetworkUnavailable: { words: 'the network of the node is not set up', patienceMs: 0 },
  MemoryPressure: { words: 'the node is short of memory', patienceMs: PRESSURE_PATIENCE_MS },
  DiskPressure: { words: 'the node is short of disk space', patienceMs: PRESSURE_PATIENCE_MS },
  PIDPressure: { words: 'the node is short of process ids', patienceMs: PRESSURE_PATIENCE_MS },
};

/**
 * Nodes that do not answer, are not ready, or are short of something. A node that is cordoned or on its way out of the
 * cluster is in somebody's hands: it is drained and restarted on purpose.
 */
export const node: Detector<NodeView> = {
  class: 'node',
  kind: 'Node',
  detect: ({ view }) => {
    if (view.unschedulable || view.removing === true) return [];
    const ready = view.conditions.find((condition) => condition.type === 'Ready');
    // A node that does not answer has nothing true to say about the rest.
    if (ready !== undefined) return [notReady(view, ready)];
    return view.conditions.flatMap((condition) => troubleOf(view, condition));
  },
};

function notReady(view: NodeView, condition: Condition): Signal {
  const words = condition.status === 'Unknown' ? 'the node does not answer' : 'the node is not ready';
  return signalOf('node', view, {
    reason: condition.reason ?? 'NotReady',
    message: withQuote(words, condition.message),
    since: condition.since,
    takesPodsAlong: true,
  });
}

function troubleOf(view: NodeView, condition: Condition): readonly Signal[] {
  const trouble = Object.hasOwn(troubles, condition.type) ? troubles[condition.type] : undefined;
  if (trouble === undefined || condition.status !== 'True') return [];
  const words = `${trouble.words} since ${sayTime(condition.since)}`;
  return [
    signalOf('node', view, {
      reason: condition.type,
      message: withQuote(words, condition.message),
      since: condition.since + trouble.patienceMs,
      lastSeenAt: condition.since,
    }),
  ];
}
