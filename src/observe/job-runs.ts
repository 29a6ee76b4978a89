import type { JobView } from '../domain/views.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Names and series of which the newest success is remembered: the Job itself may be removed in the second it ends. */
const MAX_SUCCESSES = 10_000;

/** The Jobs without a controller, by what their names have in common: a later run that has succeeded is the answer to one that failed. */
export class JobRuns {
  readonly #failed = new Map<string, Map<string, JobView>>();
  /** When the newest run that has succeeded was made. */
  readonly #succeededAt = new BoundedMap<string, number>(MAX_SUCCESSES);

  /** Takes over a Job as it is now. Returns those that are to be looked at again for it. */
  upsert(job: JobView): readonly JobView[] {
    if (job.owner !== undefined) return [];
    const series = seriesKey(job);
    if (job.failed !== undefined)
      this.#failed.set(series, (this.#failed.get(series) ?? new Map()).set(job.uid, job));
    if (!job.complete || (this.#succeededAt.get(series) ?? -Infinity) >= job.createdAt) return [];
    this.#succeededAt.set(series, job.createdAt);
    return [...(this.#failed.get(series)?.values() ?? [])];
  }

  remove(job: JobView): void {
    const failed = this.#failed.get(seriesKey(job));
    failed?.delete(job.uid);
    if (failed?.size === 0) this.#failed.delete(seriesKey(job));
  }

  /** Whether a later run has succeeded. */
  isSuperseded(job: JobView): boolean {
    return job.owner === undefined && (this.#succeededAt.get(seriesKey(job)) ?? -Infinity) > job.createdAt;
  }
}

function seriesKey({ namespace, name, series = name }: JobView): string {
  return `${namespace}/${series}`;
}
