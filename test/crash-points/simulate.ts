import { DAY, MINUTE } from '../../src/domain/clock.ts';
import type { OutboxOptions } from '../../src/outbox/index.ts';
import { defaultOutboxOptions } from '../outbox/fixtures.ts';
import { createApiServer } from './api-connection.ts';
import { createApiModel, createViewTroubles } from './api-model.ts';
import { planChaos } from './chaos.ts';
import { createDeskModel } from './desk-model.ts';
import { createFleet, type Mutation } from './fleet.ts';
import { brokenPromises } from './invariants.ts';
import { createStrangers } from './strangers.ts';
import { createStoreModel } from './store-model.ts';
import { clearUp, createWorld, LOOKUP_DELAY_MS, type World } from './world.ts';
import { createWorkloads } from './workloads.ts';

/** Fair weather after the chaos, at most: longer than all waits that it can have left behind. */
const CLEAN_MS = 40 * MINUTE;
/** Where all promises hold after so long, the rest of it shows nothing more; every 25th seed is watched to the end all the same. */
const FIRST_LOOK_MS = 8 * MINUTE;
const WATCHED_TO_THE_END = 25;
/** Far above what the hardest seed needs. */
const MAX_ACTIONS = 60_000;

/** What one seed has shown. */
export interface Result {
  readonly seed: number;
  readonly isStrict: boolean;
  /** Sentences; none means that all promises were kept. */
  readonly violations: readonly string[];
  readonly incidents: number;
  readonly tickets: number;
  /** Tickets beyond the first of their marker; more than none only where the list lags longer than it may. */
  readonly doubles: number;
  readonly comments: number;
  readonly runs: number;
  /** Where processes were killed at a call, and how often. */
  readonly killPoints: Readonly<Record<string, number>>;
  /** The same for the same run. */
  readonly digest: string;
  /** What happened, when asked for. */
  readonly trace: readonly string[];
}

/** Runs the outbox through everything that a seed holds for it. */
export async function simulate(
  seed: number,
  { mutation = {}, keepsTrace = false }: { readonly mutation?: Mutation; readonly keepsTrace?: boolean } = {},
): Promise<Result> {
  const world = createWorld(seed, keepsTrace);
  const api = createApiModel();
  const troubles = createViewTroubles(world);
  const server = createApiServer(world, api, troubles);
  const store = createStoreModel(world, api);
  const desk = createDeskModel(world);
  const workloads = createWorkloads(world, api);
  const strangers = createStrangers({ world, store, desk, troubles });
  const options = optionsOf(world);
  const fleet = createFleet({ world, store, desk, server, options, mutation });
  fleet.start();
  const chaosMs = planChaos({ world, store, desk, fleet, workloads, troubles, strangers });
  const violations: string[] = [];
  try {
    await world.scheduler.runUntil(chaosMs, MAX_ACTIONS);
    world.trace('the weather clears up');
    clearUp(world.weather);
    troubles.clear();
    const broken = (): readonly string[] => brokenPromises({ world, store, desk, fleet, strangers });
    for (let cleanMs = firstLook(seed); cleanMs <= CLEAN_MS; cleanMs += FIRST_LOOK_MS) {
      await world.scheduler.runUntil(chaosMs + cleanMs, MAX_ACTIONS);
      violations.splice(0, Infinity, ...broken());
      if (violations.length === 0) break;
    }
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
  }
  const markers = new Set(desk.tickets.map(({ marker }) => marker));
  return {
    seed,
    isStrict: world.isStrict,
    violations: [...new Set([...world.violations, ...violations])],
    incidents: store.incidents.size + store.deleted.size,
    tickets: desk.tickets.length,
    doubles: desk.tickets.length - markers.size,
    comments: desk.tickets.reduce((sum, { comments }) => sum + comments.length, 0),
    runs: fleet.runs(),
    killPoints: Object.fromEntries(world.killPoints),
    digest: world.digest(),
    trace: world.lines,
  };
}

function firstLook(seed: number): number {
  return seed % WATCHED_TO_THE_END === 0 ? CLEAN_MS : FIRST_LOOK_MS;
}

function optionsOf({ random }: World): OutboxOptions {
  const keepMs = random.chance(0.3) ? 3 * MINUTE : 7 * DAY;
  return {
    ...defaultOutboxOptions,
    lookupDelayMs: LOOKUP_DELAY_MS,
    keepRecoveredMs: keepMs,
    keepRejectedMs: keepMs,
    maxConcurrent: random.between(1, 3),
    maxPerMinute: random.chance(0.3) ? random.between(1, 4) : 60,
    closeRecovered: random.chance(0.2),
  };
}
