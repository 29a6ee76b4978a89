/** A failure that says which part of the cluster failed, what it wrote last, and what to do about it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/** What a reader needs to get over a failure. */
export interface FailureDetails {
  /** The component or step that failed, for example `kubelet`. */
  readonly part: string;
  readonly problem: string;
  /** The last lines of the part's log or output, if there are any. */
  readonly lastLines?: string;
  /** What the reader can do, as a sentence. */
  readonly remedy: string;
}

/** Makes the one kind of error that this tool shows: part and problem, the last lines of the log, the remedy. */
export function clusterError(details: FailureDetails, cause?: unknown): ClusterError {
  const quoted = (details.lastLines ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  | ${line}`);
  const text = [`${details.part}: ${details.problem}`, ...quoted, `Remedy: ${details.remedy}`].join('\n');
  return new ClusterError(text, { cause });
}
