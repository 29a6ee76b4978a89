import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { StoreModel, WrittenRecovery } from './store-model.ts';
import type { Outage, World } from './world.ts';

/**
 * A view may be so old before it counts as stale: what has failed since then nobody could know. The watch's bound of silence, and the time
 * that a decision takes to be written when the API server is slow.
 */
export const UNKNOWABLE_MS = 3 * MINUTE;
/** Kubernetes writes times to the second, and what happens is seen a little later. */
const ROUNDING_MS = 2 * SECOND;

/** Everything that was written down as over although it was not: what is said on tickets follows from it. */
export function falseRecoveries(world: World, { recoveries }: StoreModel): readonly string[] {
  return recoveries.flatMap((recovery) => {
    const { incident } = recovery;
    const fault = world.faults.find(({ key }) => key === incident.spec.key);
    if (fault === undefined || wasOver(fault.outages, recovery, world.quietMs)) return [];
    const at = (recovery.at / SECOND).toFixed(0);
    return [
      `${incident.name} was called over at ${at} s, but ${fault.owner.name} had not been well for long enough`,
    ];
  });
}

/** Everything that was written down as come again although it had not failed since the quiet before it was called over. */
export function falseRecurrences(world: World, { recurrences }: StoreModel): readonly string[] {
  return recurrences.flatMap(({ incident, at, overAt }) => {
    const fault = world.faults.find(({ key }) => key === incident.spec.key);
    const quietFrom = overAt - world.quietMs - ROUNDING_MS;
    if (fault === undefined || fault.outages.some(({ from, to }) => from <= at && to > quietFrom)) return [];
    return [
      `${incident.name} was said to have come again at ${(at / SECOND).toFixed(0)} s, and had not failed`,
    ];
  });
}

/**
 * Whether it had been well for as long as quiet, up to some moment since the incident stands at which it could be known. The moments
 * that matter are now, and those just before it was down again.
 */
function wasOver(outages: readonly Outage[], { at, standsSince }: WrittenRecovery, quietMs: number): boolean {
  const earliest = Math.max(standsSince, at - UNKNOWABLE_MS);
  const ends = outages.map(({ from }) => from).filter((from) => from >= earliest && from <= at);
  return [at, ...ends].some((end) => isWell(outages, end - quietMs + ROUNDING_MS, end));
}

function isWell(outages: readonly Outage[], from: number, to: number): boolean {
  return !outages.some((outage) => outage.from < to && outage.to > from);
}
