import type { EventReason } from './events.ts';
import type { ContainerRole, ObjectRef } from './failure.ts';

/**
 * Views: the few fields of an object that the stages use, converted once at the edge. Times are epoch
 * milliseconds. A healthy pod's view is a few hundred bytes; details exist only for unhealthy objects.
 */
interface BaseView {
  readonly apiVersion: string;
  readonly uid: string;
  /** `''` for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: number;
  /** When deletion was requested; the object may live on for its grace period. */
  readonly deletedAt?: number;
  /** The controller that made this object. */
  readonly owner?: OwnerReference;
  /** Value of `support.ankra.app/file-ticket`. */
  readonly fileTicket?: string;
  /** `support.ankra.app/ignore: "true"` */
  readonly ignored?: true;
  /** Value of `support.ankra.app/ignore-until`. */
  readonly ignoreUntil?: string;
  /** Silences of the configuration whose selector fits its labels, by their place in the list. */
  readonly silences?: readonly number[];
  /** A label selector of the configuration passes over it. */
  readonly unselected?: true;
  /** What its name has in common with those of its generator, where no controller has made it. */
  readonly series?: string;
}

/** The controller entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** What is known of an owner that is not among the watched objects, or not any more. */
export interface OwnerAnswer {
  /** Its own controller. */
  readonly owner?: OwnerReference;
  readonly ignored?: true;
  readonly ignoreUntil?: string;
  readonly silences?: readonly number[];
  readonly unselected?: true;
  /** The workload that an autoscaler scales; its uid is not known. */
  readonly scales?: OwnerReference;
  /** Nothing more can be learnt: what the reference to it says is all there is. */
  readonly asNamed?: true;
  /** When it was read, in monotonic milliseconds. */
  readonly readAt?: number;
}

/** What a read of an owner tells. */
export type OwnerFindings = Omit<OwnerAnswer, 'asNamed' | 'readAt'>;

export interface PodView extends BaseView {
  readonly kind: 'Pod';
  readonly node?: string;
  readonly phase: string;
  /** When its grace period ends, for one that is being deleted. */
  readonly deletionDueAt?: number;
  /** Only where something is not as it should be. */
  readonly detail?: PodDetail;
}

/** What is known of a pod that does not run as it should, or has restarted. */
export interface PodDetail {
  /** `status.reason`, e.g. `Evicted`, `NodeShutdown`. */
  readonly reason?: string;
  readonly message?: string;
  readonly restartPolicy: string;
  /** Its priority is below that of pods that name none: it gives way to all, and waits for room that nobody needs. */
  readonly givesWay?: true;
  /** Names of its scheduling gates, while it waits behind them. */
  readonly gates?: readonly string[];
  /** The scheduler that is to find it a node, while it has none and asks for another than the usual one. */
  readonly scheduler?: string;
  /** Names of the claims that it mounts, while it has not started. */
  readonly claims?: readonly string[];
  readonly conditions: readonly Condition[];
  readonly containers: readonly ContainerView[];
}

/** A condition of an object's status. */
export interface Condition {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  /** `lastTransitionTime`. */
  readonly since: number;
}

export interface ContainerView {
  readonly name: string;
  readonly role: ContainerRole;
  readonly restartCount: number;
  readonly ready: boolean;
  /** For containers with a startup probe or still starting: `false` until started. */
  readonly started?: boolean;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly runningSince?: number;
  /** The current run, if it has ended. */
  readonly terminated?: Termination;
  /** The run before the current state. */
  readonly lastTerminated?: Termination;
}

/** How one run of a container ended. */
export interface Termination {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** Deployment, StatefulSet or DaemonSet. */
export interface WorkloadView extends BaseView {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
  /** The controller has seen the newest spec. */
  readonly observed: boolean;
  /** Conditions that speak of trouble (Progressing=False, ReplicaFailure=True). */
  readonly conditions: readonly Condition[];
  /** When its status last changed, while not all of its pods are updated; where the API server tells. */
  readonly progressedAt?: number;
}

export interface ReplicaSetView extends BaseView {
  readonly kind: 'ReplicaSet';
}

export interface JobView extends BaseView {
  readonly kind: 'Job';
  readonly complete: boolean;
  readonly failed?: Condition;
  /** It has failed, and its pods have not ended yet: a CronJob takes it for a run that is at work. */
  readonly isEnding?: true;
  /** While it goes on and more of its pods have failed than succeeded. */
  readonly failing?: { readonly failed: number; readonly succeeded: number; readonly startedAt: number };
}

export interface CronJobView extends BaseView {
  readonly kind: 'CronJob';
  readonly suspended: boolean;
  /** Only while its newest run has not succeeded, or not yet. */
  readonly unsuccessful?: UnsuccessfulRuns;
  /** When it is to run, while it is not suspended. */
  readonly plan?: RunPlan;
}

/** What is known of when a CronJob is to run next. */
export interface RunPlan {
  /** In the form of cron. */
  readonly schedule: string;
  readonly timeZone?: string;
  /** The time of the schedule for which it last started a run, if it ever has. */
  readonly lastRunAt?: number;
  /** When the spec or the metadata last changed, where the API server tells. */
  readonly specChangedAt?: number;
  /** A run is at work, and no other may be beside it. */
  readonly isWaiting?: true;
}

/** What is known of the runs of a CronJob since the last that succeeded. */
export interface UnsuccessfulRuns {
  /** In the form of cron. */
  readonly schedule: string;
  readonly timeZone?: string;
  /** The time of the schedule for which it last started a run. */
  readonly lastRunAt: number;
  /** When a run last succeeded, if one ever has. */
  readonly lastSuccessAt?: number;
  /** When the spec or the metadata last changed, where the API server tells. */
  readonly specChangedAt?: number;
  /** Runs that are not finished. */
  readonly active: number;
  /** Runs may be beside each other: those that are not at work any more have ended. */
  readonly mayOverlap?: true;
}

export interface NodeView extends BaseView {
  readonly kind: 'Node';
  /** Conditions that are not as on a healthy node. */
  readonly conditions: readonly Condition[];
  readonly unschedulable: boolean;
  /** Since when it is cordoned, where that is known. Not of the control plane: some keep it cordoned in place of a taint. */
  readonly cordonedAt?: number;
  /** An autoscaler or the cloud is taking it out of the cluster. */
  readonly removing?: true;
  /** Its zone and its pools, while something is not as it should be. */
  readonly groups?: readonly string[];
}

export interface NamespaceView extends BaseView {
  readonly kind: 'Namespace';
}

/** A Warning event, old or new API, with its series folded in. */
export interface EventView extends BaseView {
  readonly kind: 'Event';
  readonly regarding: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly reason: EventReason;
  readonly note: string;
  /** Whose probe has failed, for `Unhealthy`. */
  readonly container?: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export type ObjectView =
  PodView | WorkloadView | ReplicaSetView | JobView | CronJobView | NodeView | NamespaceView | EventView;

export type ViewKind = ObjectView['kind'];

/** The reference to the object behind a view. */
export function refOf(view: ObjectView): ObjectRef {
  const { apiVersion, kind, namespace, name, uid } = view;
  return { apiVersion, kind, namespace, name, uid };
}
