import type { Connection } from './kubernetes-client.ts';

/** What the pods of `startLogPods` print in every run, before they end or wait. */
export const logText = 'one\ntwo\nthree ünïcode\n';

/** Three pods with one container `app` each, and what has become of them. */
export interface LogPods {
  /** Has printed `logText` and ended with exit code 3, has been restarted, and has printed it again. */
  readonly crashed: string;
  /** Has printed `logText` once and runs. */
  readonly running: string;
  /** Its container has never started: waiting, reason ErrImagePull, ImagePullBackOff or ErrImageNeverPull. */
  readonly waiting: string;
}

/** A Kubernetes API that the contract is to be checked against. */
export interface ContractCluster extends Connection {
  /** A namespace that exists, and that the suite may fill. */
  readonly namespace: string;
  /** Lets all history before now be forgotten, as etcd's compaction does. */
  compact(): Promise<void>;
  /** Makes the pods in the namespace and waits until they are as described. */
  startLogPods(): Promise<LogPods>;
  /** Makes the custom resource that of a later release: it serves v1alpha2 as well, with fields that v1alpha1 did not have. */
  serveLaterRelease?(): Promise<void>;
  /** Makes it again what it was. */
  serveThisRelease?(): Promise<void>;
  /** Removes what was made. */
  cleanup(): Promise<void>;
}
