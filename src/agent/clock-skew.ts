import { SECOND } from '../domain/clock.ts';
import { type ClusterClock, MAX_SKEW_MS } from '../lib/cluster-clock.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';

const LOOK_INTERVAL_MS = 10 * SECOND;

/** Shows how far this machine's clock is ahead of the cluster's time. */
export function showSkew({ clockSkew }: Metrics, { skewMs }: Pick<ClusterClock, 'skewMs'>): void {
  const found = skewMs();
  if (found !== undefined) clockSkew.set(found / SECOND);
}

/** Says when the wall clock of this machine goes wrong, when it changes again, and when it is right; until the signal is aborted. */
export async function reportSkew(
  clock: Pick<ClusterClock, 'skewMs' | 'sleep'>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let toldMs = 0;
  while (!signal.aborted) {
    const skewMs = clock.skewMs() ?? 0;
    if (Math.abs(skewMs - toldMs) > MAX_SKEW_MS) toldMs = tell(log, skewMs);
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
  }
}

function tell(log: Logger, skewMs: number): number {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) {
    log.info('the clock of this machine agrees with the cluster again');
    return 0;
  }
  const aheadSeconds = Math.round(skewMs / SECOND);
  log.warn(
    { aheadSeconds },
    'the clock of this machine and that of the API server differ; the agent goes by the latter',
  );
  return skewMs;
}
