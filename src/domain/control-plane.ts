/** How a write to the API server fails when it is the control plane that fails, and not the request. */
export type WriteFailureKind =
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'name'
  | 'tls'
  | 'connection'
  | 'no-space'
  | 'no-quorum'
  | 'webhook'
  | 'overloaded'
  | 'server-error';

/** A write that the control plane did not take. */
export interface WriteFailure {
  readonly kind: WriteFailureKind;
  /** The words of the error, as they were received. */
  readonly words: string;
}

/** Writes that failed in the same way, one after the other or between others. Times are epoch milliseconds. */
export interface FailedWrites extends WriteFailure {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A time in which the API server took no write of this replica, and no write of another one was seen. */
export interface ControlPlaneOutage {
  /** Monotonic milliseconds of the first write that failed. */
  readonly since: number;
  /** The same moment in epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds of the last write that was taken. */
  readonly lastWriteAt: number;
  /** One for each kind, the latest last. */
  readonly failures: readonly FailedWrites[];
}
