import { HOUR, MINUTE } from '../domain/clock.ts';
import type { Condition, NodeView } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { withQuote } from './message.ts';

/** The kubelet fixes pressure by itself, by evicting and clearing up: 5 minutes with `for` of 2. */
const PRESSURE_PATIENCE_MS = 3 * MINUTE;

const troubles: Readonly<Record<string, { readonly words: string; readonly patienceMs: number }>> = {
  NetworkUnavailable: { words: 'the network of the node is not set up', patienceMs: 0 },
  MemoryPressure: { words: 'the node is short of memory', patienceMs: PRESSURE_PATIENCE_MS },
  DiskPressure: { words: 'the node is short of disk space', patienceMs: PRESSURE_PATIENCE_MS },
  PIDPressure: { words: 'the node is short of process ids', patienceMs: PRESSURE_PATIENCE_MS },
};

/** In somebody's hands so long a node may be down: it is drained and restarted on purpose, or taken away. */
const MAINTENANCE_MS = HOUR;
/** So long after it was made a node may take for its network plugin, its drivers and its cloud. */
const STARTING_MS = 10 * MINUTE;

/**
 * Nodes that do not answer, are not ready, or are short of something. A node that is cordoned or on its way out of the
 * cluster is in somebody's hands, but not for ever: it may have been forgotten, and a finalizer can keep one that was deleted.
 */
export const node: Detector<NodeView> = {
  kind: 'Node',
  alsoSees: 'leaving',
  detect: (observation) => {
    const { view } = observation;
    const ready = view.conditions.find((condition) => condition.type === 'Ready');
    // A node that does not answer has nothing true to say about the rest.
    if (ready !== undefined) return [notReady(observation, ready)];
    return isHeld(view) ? cordoned(observation) : view.conditions.flatMap(troubleOf);
  },
};

function isHeld(view: NodeView): boolean {
  return view.unschedulable || isLeaving(view);
}

function isLeaving({ deletedAt, removing }: NodeView): boolean {
  return removing === true || deletedAt !== undefined;
}

/** Of a node that is being taken away it is not said: whoever does that takes as long as the pods on it need. */
function cordoned({ view, options }: Observation<NodeView>): readonly Finding[] {
  const { cordonedAt } = view;
  if (cordonedAt === undefined || isLeaving(view)) return [];
  const message = 'the node is ready, and has been cordoned for so long that it may have been forgotten';
  return [
    { reason: 'Cordoned', message, since: cordonedAt, patienceMs: options.maintenanceMs ?? MAINTENANCE_MS },
  ];
}

function notReady({ view, now, options }: Observation<NodeView>, condition: Condition): Finding {
  const { since, message, reason = 'NotReady' } = condition;
  const patienceMs = isHeld(view) ? (options.maintenanceMs ?? MAINTENANCE_MS) : startingMs(view, condition);
  const isWaitedFor = isHeld(view) && now < since + patienceMs;
  return {
    reason,
    message: withQuote(wordsFor(view, condition), message),
    since,
    ...(patienceMs > 0 ? { patienceMs } : {}),
    // Until then failures of its pods are reported as their own.
    ...(isWaitedFor ? {} : { takesPodsAlong: true, nodeGroups: view.groups ?? [] }),
  };
}

function wordsFor(view: NodeView, { status }: Condition): string {
  const words = status === 'Unknown' ? 'the node does not answer' : 'the node is not ready';
  if (isLeaving(view)) return `${words}, and is still there although it is being taken away`;
  return view.unschedulable ? `${words}, and is cordoned` : words;
}

function startingMs({ createdAt }: NodeView, { status, since }: Condition): number {
  return status === 'False' ? Math.max(0, createdAt + STARTING_MS - since) : 0;
}

function troubleOf(condition: Condition): readonly Finding[] {
  const trouble = Object.hasOwn(troubles, condition.type) ? troubles[condition.type] : undefined;
  if (trouble === undefined || condition.status !== 'True') return [];
  const { since, type, message } = condition;
  return [
    {
      reason: type,
      message: withQuote(trouble.words, message),
      since,
      ...(trouble.patienceMs > 0 ? { patienceMs: trouble.patienceMs, evictsPods: true as const } : {}),
    },
  ];
}
