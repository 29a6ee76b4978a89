import { SECOND } from '../../src/domain/clock.ts';
import { incidentKey } from '../../src/correlate/identity.ts';
import type { ObjectRef } from '../../src/domain/failure.ts';
import { createRandom, type Random } from './random.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** Wall time at the beginning (epoch milliseconds). */
export const EPOCH = Date.UTC(2026, 10, 23, 3, 0, 0);
export const LOOKUP_DELAY_MS = 30 * SECOND;

/** How refusals depend on the owner: the same request is always answered alike. */
export type Refusal =
  | 'never'
  | 'unlessShrunk'
  | 'always'
  /** A firewall before the API answers 403, to the whole or to all forms of it. */
  | 'deniedUnlessShrunk'
  | 'denied';

/** An owner whose pods fail and heal: the truth, of which the agent sees what its views show. */
export interface Fault {
  readonly owner: ObjectRef;
  readonly key: string;
  readonly refusal: Refusal;
  /** Something is wrong with it, at this moment or again in a while. */
  isFailing: boolean;
  /** When it was down, oldest first; the last one may have no end yet. */
  readonly outages: Outage[];
}

export interface Outage {
  readonly from: number;
  to: number;
}

/** Identity of the simulated cluster. */
export const CLUSTER_KEY = 'cluster';

/** What troubles the two APIs at the moment. Probabilities are per call. */
export interface Weather {
  deskDown: boolean;
  listDown: boolean;
  unauthorised: boolean;
  /** A deployment of the API: whatever is asked for is not found. */
  notFound: boolean;
  throttled: boolean;
  /** Only what changes something is throttled. */
  writesThrottled: boolean;
  answersLost: number;
  serverErrors: number;
  storeDown: boolean;
  storeErrors: number;
  storeSlow: boolean;
  /** Probability that a process is killed at a call. */
  kills: number;
  /** The same for calls that are seldom made, so that each of them is the last one now and then. */
  killsAtRare: number;
}

const fairWeather: Weather = {
  deskDown: false,
  listDown: false,
  unauthorised: false,
  notFound: false,
  throttled: false,
  writesThrottled: false,
  answersLost: 0,
  serverErrors: 0,
  storeDown: false,
  storeErrors: 0,
  storeSlow: false,
  kills: 0,
  killsAtRare: 0,
};

/** Everything that one seed determines and all parts of the simulation share. */
export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly faults: readonly Fault[];
  /** `resolveAfter` of the agent. */
  readonly quietMs: number;
  /** How far the clock of one API server of several is ahead of the cluster. */
  readonly serverSkewMs: number;
  readonly weather: Weather;
  /**
   * Strict: what the API accepts is in its list within the look-up delay after the sender has given up, and the list never fails for
   * longer than its patience. Nothing may be doubled then.
   */
  readonly isStrict: boolean;
  /** Longest time until the list shows a ticket, or that it was closed. */
  readonly maxLagMs: number;
  /** Where processes were killed, and how often: before a call, and before the answer of one. */
  readonly killPoints: Map<string, number>;
  /** What went wrong while it happened. */
  readonly violations: string[];
  readonly trace: (line: string) => void;
  readonly digest: () => string;
  readonly lines: readonly string[];
}

/** The world of a seed. */
export function createWorld(seed: number, keepsTrace: boolean): World {
  const random = createRandom(seed);
  const scheduler = createScheduler();
  const isStrict = !random.chance(0.25);
  const lines: string[] = [];
  let hash = 0x811c9dc5;
  return {
    seed,
    random,
    scheduler,
    quietMs: random.between(15, 90) * SECOND,
    serverSkewMs: random.chance(0.3) ? random.between(-600, 600) * SECOND : 0,
    faults: Array.from({ length: random.between(2, 4) }, (_none, index) => createFault(index, random)),
    weather: { ...fairWeather },
    isStrict,
    maxLagMs: isStrict ? random.between(0, LOOKUP_DELAY_MS) : random.between(60 * SECOND, 90 * SECOND),
    killPoints: new Map(),
    violations: [],
    trace: (text) => {
      const line = `${(scheduler.now() / 1_000).toFixed(3).padStart(9)} ${text}`;
      // FNV-1a: equal digests of two runs show that they were the same.
      for (let index = 0; index < line.length; index += 1)
        hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193) >>> 0;
      if (keepsTrace) lines.push(line);
    },
    digest: () => hash.toString(16).padStart(8, '0'),
    lines,
  };
}

function createFault(index: number, random: Random): Fault {
  const name = `shop-${index}`;
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'prod', name, uid: '' };
  const refusals: readonly Refusal[] = [
    'never',
    'never',
    'never',
    'never',
    'unlessShrunk',
    'always',
    'deniedUnlessShrunk',
    // Of two that are refused so, with nobody else to be accepted, nothing tells that it is not all.
    index === 0 ? 'denied' : 'never',
  ];
  return {
    owner,
    key: incidentKey(CLUSTER_KEY, owner),
    refusal: random.pick(refusals) ?? 'never',
    isFailing: false,
    outages: [],
  };
}

/** All troubles end. */
export function clearUp(weather: Weather): void {
  Object.assign(weather, fairWeather);
}
