import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { createRandom } from './random.ts';
import { collectionNames, type CollectionName, viewFaults, type ViewTroubles } from './api-model.ts';
import type { DeskModel } from './desk-model.ts';
import type { Fleet } from './fleet.ts';
import type { StoreModel } from './store-model.ts';
import type { Weather, World } from './world.ts';
import type { Strangers } from './strangers.ts';
import type { Workloads } from './workloads.ts';

export interface ChaosDeps {
  readonly world: World;
  readonly store: StoreModel;
  readonly desk: DeskModel;
  readonly fleet: Fleet;
  readonly workloads: Workloads;
  readonly troubles: ViewTroubles;
  readonly strangers: Strangers;
}

/** Plans what befalls the agent. Returns when all of it is over (milliseconds from the beginning). */
export function planChaos(deps: ChaosDeps): number {
  const { world } = deps;
  const { random, scheduler, isStrict } = world;
  // In a strict world the list can never fail for longer than the outbox is ready to wait for it.
  const lengthMs = isStrict ? random.between(4, 9) * MINUTE : random.between(8, 25) * MINUTE;
  const often: Often = (min, max, action) => {
    const times = random.between(min, max);
    for (let time = 0; time < times; time += 1) scheduler.after(random.between(0, lengthMs), action);
  };
  planFaults(deps, lengthMs);
  world.weather.killsAtRare = 0.15;
  // Doubles are rare even where the list lags: answers must be lost just when a ticket is sent.
  if (!isStrict) often(3, 6, () => under(world, { answersLost: 0.9 }, lengthMs));
  // Just when a ticket or a comment is sent.
  if (random.chance(0.3)) often(3, 6, () => under(world, { notFound: true }, lengthMs));
  often(3, 8, () => under(world, random.pick(storms) ?? {}, lengthMs));
  often(0, 4, deps.fleet.killLeader);
  often(0, 3, () => deps.fleet.loseLease(random.between(0, 20) * SECOND));
  often(0, 3, deps.fleet.flicker);
  often(0, 2, deps.fleet.stopLeader);
  often(0, 2, () => deps.fleet.jump(random.between(-2 * HOUR, 2 * HOUR)));
  planViews(deps, often);
  planUnseenFailures(deps, lengthMs);
  if (random.chance(0.3)) often(1, 1, deps.strangers.copyForeign);
  if (random.chance(0.4)) often(1, 2, deps.strangers.writeUnknown);
  if (random.chance(0.3)) often(1, 1, deps.strangers.writeUnreadable);
  often(0, 3, () => closeOne(deps));
  often(0, 2, () => deleteOne(deps));
  return lengthMs;
}

type Often = (min: number, max: number, action: () => void) => void;

/** Views go stale: one collection or all, for less and for more than quiet, and the Lease with them. */
function planViews({ world, fleet, troubles }: ChaosDeps, often: Often): void {
  const { random, scheduler, quietMs, weather } = world;
  const length = (): number => random.between(2 * SECOND, random.chance(0.5) ? quietMs : 4 * quietMs);
  const trouble = (names: readonly CollectionName[], lengthMs: number): void => {
    const fault = random.pick(viewFaults) ?? 'refused';
    for (const name of names) troubles.begin(name, fault, lengthMs);
  };
  often(0, 3, () => trouble([random.pick(collectionNames) ?? 'pods'], length()));
  often(0, 2, () => trouble(['pods', 'statefulsets'], length()));
  often(0, 1, () => {
    const lengthMs = length();
    trouble(collectionNames, lengthMs);
    weather.storeDown = true;
    scheduler.after(lengthMs, () => {
      weather.storeDown = false;
    });
    // A leader that cannot renew its Lease stops leading, and it comes back before the watches do.
    scheduler.after(10 * SECOND, () => fleet.loseLease(Math.max(0, lengthMs - 10 * SECOND)));
  });
  often(0, 2, () => fleet.pause(random.between(SECOND, 3 * quietMs)));
}

const LOOK_MS = 2 * SECOND;

/**
 * What is well again, and still in its quiet time, fails and is well once more while no watch of the cluster's objects sees anything. Drawn
 * from a stream of its own, so that all else in a seed stays as it is.
 */
function planUnseenFailures({ world, troubles, workloads }: ChaosDeps, lengthMs: number): void {
  const { scheduler, quietMs, faults, seed } = world;
  const random = createRandom(seed ^ 0x5eed);
  if (!random.chance(0.3)) return;
  const names = collectionNames.filter((name) => name !== 'incidents');
  const look = (): void => {
    const now = scheduler.now();
    const fault = faults.find(({ isFailing, outages }) => {
      const endedAt = outages.at(-1)?.to ?? -Infinity;
      return !isFailing && endedAt > now - quietMs / 2 && endedAt < now;
    });
    if (fault === undefined) {
      if (now < lengthMs) scheduler.after(LOOK_MS, look);
      return;
    }
    const staleMs = quietMs + random.between(0, quietMs);
    for (const name of names) troubles.begin(name, random.pick(viewFaults) ?? 'refused', staleMs);
    const failAt = staleMs * 0.6;
    scheduler.after(failAt, () => !fault.isFailing && workloads.turn(fault));
    scheduler.after(staleMs * 0.9, () => fault.isFailing && workloads.turn(fault));
  };
  scheduler.after(random.between(0, lengthMs), look);
}

/** Faults come and go, often just when the agent has begun to file. */
function planFaults({ world, fleet, workloads }: ChaosDeps, lengthMs: number): void {
  const { random, scheduler, faults } = world;
  for (const fault of faults) {
    const turn = (): void => {
      workloads.turn(fault);
      // Two processes that open the same Incident are rare, too.
      if (!random.chance(0.25)) return;
      scheduler.after(random.between(0, 9_000), () => fleet.loseLease(0));
      if (random.chance(0.5)) under(world, { storeSlow: true }, lengthMs);
    };
    scheduler.after(random.between(0, lengthMs / 2), turn);
    const turns = random.between(0, 4);
    for (let count = 0; count < turns; count += 1) scheduler.after(random.between(0, lengthMs), turn);
    scheduler.after(random.between(0, lengthMs), () => workloads.grow(fault));
    if (random.chance(0.2)) scheduler.after(random.between(0, lengthMs), () => workloads.remove(fault));
    if (random.chance(0.2)) scheduler.after(random.between(0, lengthMs), () => workloads.scaleToZero(fault));
    if (random.chance(0.3))
      scheduler.after(random.between(0, lengthMs), () =>
        workloads.request(fault, `look at ${fault.owner.name}`),
      );
  }
}

const storms: readonly Partial<Weather>[] = [
  { deskDown: true },
  { listDown: true },
  { unauthorised: true },
  { notFound: true },
  { throttled: true },
  { writesThrottled: true },
  { answersLost: 0.5 },
  { answersLost: 0.9 },
  { serverErrors: 0.4 },
  { storeDown: true },
  { storeErrors: 0.3 },
  { storeSlow: true },
  { kills: 0.03 },
  { kills: 0.15 },
];

/** For a while, at most until the end of the chaos. */
function under(
  { random, scheduler, weather, isStrict, trace }: World,
  storm: Partial<Weather>,
  endMs: number,
): void {
  const before = Object.fromEntries(Object.keys(storm).map((name) => [name, weather[name as keyof Weather]]));
  trace(`weather: ${JSON.stringify(storm)}`);
  Object.assign(weather, storm);
  const lengthMs = random.between(5 * SECOND, isStrict ? 2 * MINUTE : 15 * MINUTE);
  scheduler.after(Math.min(lengthMs, endMs - scheduler.now()), () => Object.assign(weather, before));
}

function closeOne({ desk, world }: ChaosDeps): void {
  const ticket = world.random.pick(desk.tickets.filter(({ closed }) => closed === undefined));
  if (ticket !== undefined) desk.close(ticket, 'person');
}

function deleteOne({ store, world, strangers }: ChaosDeps): void {
  const automatic = [...store.incidents.values()].filter(
    ({ spec, name }) => spec.trigger === 'automatic' && !strangers.isForeign(name),
  );
  const incident = world.random.pick(automatic);
  if (incident !== undefined) store.remove(incident);
}
