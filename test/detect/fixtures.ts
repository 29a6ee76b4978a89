import { detect, type DetectOptions } from '../../src/detect/index.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { EventReason } from '../../src/domain/events.ts';
import type { FailureClass } from '../../src/domain/failure-classes.ts';
import type { Signal } from '../../src/domain/failure.ts';
import type {
  Condition,
  ContainerView,
  CronJobView,
  EventView,
  JobView,
  NodeView,
  ObjectView,
  PodDetail,
  PodView,
  Termination,
  WorkloadView,
} from '../../src/domain/views.ts';

/** The moment of every look, and of nothing else: what is tested lies before it. */
export const NOW = Date.UTC(2026, 10, 23, 3);

/** So many minutes before the look. */
export function ago(minutes: number): number {
  return NOW - minutes * MINUTE;
}

const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-7d9f8b6c5', uid: 'rs-1' };
export const jobOwner = { apiVersion: 'batch/v1', kind: 'Job', name: 'import', uid: 'job-1' };

const base = { uid: 'u-1', namespace: 'shop', name: 'checkout', createdAt: ago(60) };

/** A container that runs well since the pod was made. */
export function aContainer(change: Partial<ContainerView> = {}): ContainerView {
  return { name: 'app', role: 'app', restartCount: 0, ready: true, ...change };
}

/** One that runs well. */
export function running(change: Partial<ContainerView> = {}): ContainerView {
  return aContainer({ started: true, runningSince: ago(59), ...change });
}

/** One that waits, with a message if there is one. */
export function waiting(
  reason: string,
  message?: string,
  change: Partial<ContainerView> = {},
): ContainerView {
  const state = message === undefined ? { reason } : { reason, message };
  return aContainer({ ready: false, started: false, waiting: state, ...change });
}

/** A run of two seconds that ended a minute ago with code 3. */
export function aRun(change: Partial<Termination> = {}): Termination {
  const finishedAt = change.finishedAt ?? ago(1);
  return { exitCode: 3, reason: 'Error', startedAt: finishedAt - 2 * SECOND, finishedAt, ...change };
}

/** One that crash-loops, as a current kubelet shows it during the back-off. */
export function crashing(change: Partial<ContainerView> = {}): ContainerView {
  return aContainer({ ready: false, started: false, restartCount: 4, terminated: aRun(), ...change });
}

export function condition(type: string, status: string, more: Partial<Condition> = {}): Condition {
  return { type, status, since: ago(60), ...more };
}

const scheduled = condition('PodScheduled', 'True');
const initialized = condition('Initialized', 'True');

/** A pod of a Deployment with this detail. */
export function aPod(detail: Partial<PodDetail> = {}, change: Partial<PodView> = {}): PodView {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    ...base,
    owner: replicaSet,
    node: 'node-1',
    phase: 'Running',
    detail: { restartPolicy: 'Always', conditions: [scheduled, initialized], containers: [], ...detail },
    ...change,
  };
}

/** A pod that has a node since 60 minutes and has not started. */
export function aPending(containers: readonly ContainerView[], change: Partial<PodView> = {}): PodView {
  return aPod({ containers }, { phase: 'Pending', ...change });
}

/** The same without an owner. */
export function bare({ owner: _owner, ...view }: PodView): PodView {
  return view;
}

export function anEvent(reason: EventReason, note: string, change: Partial<EventView> = {}): EventView {
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    ...base,
    uid: 'e-1',
    name: 'checkout.1',
    regarding: { kind: 'Pod', namespace: 'shop', name: 'checkout', uid: 'u-1' },
    reason,
    note,
    count: 1,
    firstAt: ago(1),
    lastAt: ago(1),
    ...change,
  };
}

export function aNode(conditions: readonly Condition[], change: Partial<NodeView> = {}): NodeView {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    ...base,
    namespace: '',
    name: 'node-1',
    conditions,
    unschedulable: false,
    ...change,
  };
}

export function aWorkload(change: Partial<WorkloadView> = {}): WorkloadView {
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    ...base,
    wanted: 3,
    ready: 3,
    updated: 3,
    observed: true,
    conditions: [],
    ...change,
  };
}

export function aJob(change: Partial<JobView> = {}): JobView {
  return { kind: 'Job', apiVersion: 'batch/v1', ...base, complete: false, ...change };
}

export function aCronJob(change: Partial<CronJobView> = {}): CronJobView {
  return { kind: 'CronJob', apiVersion: 'batch/v1', ...base, createdAt: 0, suspended: false, ...change };
}

export const options: DetectOptions = { resolveAfterMs: 10 * MINUTE };

interface Look {
  readonly events?: readonly EventView[];
  readonly now?: number;
  readonly options?: Partial<DetectOptions>;
}

/** All signals of an object, with every detector at work. */
export function signalsOf(view: ObjectView, look: Look = {}): readonly Signal[] {
  const { signals, failures } = detect({
    view,
    events: look.events ?? [],
    now: look.now ?? NOW,
    options: { ...options, ...look.options },
  });
  if (failures.length > 0) throw new Error('a detector failed', { cause: failures[0]?.error });
  return signals;
}

/** The only signal of an object. */
export function signalOf(view: ObjectView, look: Look = {}): Signal {
  // What only sums up is asked for by name.
  const signals = signalsOf(view, look).filter(({ isSummary }) => isSummary !== true);
  const [signal] = signals;
  if (signal === undefined || signals.length > 1) throw new Error(`${signals.length} signals instead of one`);
  return signal;
}

/** The classes that an object shows, in the order of the detectors. */
export function classesOf(view: ObjectView, look: Look = {}): readonly FailureClass[] {
  return signalsOf(view, look).map((signal) => signal.class);
}
