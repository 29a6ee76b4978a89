import { parseArgs } from 'node:util';
import { type Clock, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { Outbox } from '../../src/outbox/index.ts';
import { createRandom } from '../../test/crash-points/random.ts';
import { createScheduler, type Scheduler } from '../../test/crash-points/scheduler.ts';
import { anIncident, createKit } from '../../test/outbox/fixtures.ts';
import type { BenchReport } from '../lib/bench.ts';
import { quantile, round } from '../lib/statistics.ts';
import { type Arrival, FleetDesk, type Overload } from './desk.ts';

/** Virtual milliseconds. */
const AWAY = { from: 10 * MINUTE, until: 70 * MINUTE };
const END = 130 * MINUTE;
/** Of one cluster: so many before the outage, and so many in it. */
const OPENED = { before: 1, away: 3 };
const EPOCH = Date.UTC(2026, 10, 23, 3, 0, 0);
/** A look-up and a POST. */
const REQUESTS_EACH = 2;
const MAX_ACTIONS = 20_000_000;

interface Opening {
  readonly key: string;
  readonly cluster: number;
  readonly at: number;
}

interface Sizes {
  readonly clusters: number;
  readonly perSecond: number;
  readonly seed: number;
}

/**
 * A thousand clusters and one ticket API, in virtual time: it answers 50 requests a second, is away for an hour in which three incidents open in
 * each cluster, and is back. Every cluster has an outbox as it is shipped. Options: `--clusters 1000 --per-second 50 --seed 1`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clusters: { type: 'string', default: '1000' },
      'per-second': { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
    },
  });
  const sizes = {
    clusters: Number(values.clusters),
    perSecond: Number(values['per-second']),
    seed: Number(values.seed),
  };
  const rows: Record<string, Record<string, number>> = {};
  for (const overload of ['queue', '429'] as const) rows[overload] = await play(overload, sizes);
  const title = `${sizes.clusters} clusters, an API that answers ${sizes.perSecond} requests a second and was away for an hour`;
  return { figures: { ...sizes, ...rows }, tables: [{ title, rows: turned(rows) }] };
}

/** One row for each figure, one column for each way of overload. */
function turned(
  rows: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Record<string, Record<string, number>> {
  const names = Object.keys(Object.values(rows)[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(Object.entries(rows).map(([column, row]) => [column, row[name] ?? Number.NaN])),
    ]),
  );
}

/** Plays the whole and returns its figures. */
async function play(
  overload: Overload,
  { clusters, perSecond, seed }: Sizes,
): Promise<Record<string, number>> {
  const scheduler = createScheduler();
  const desk = new FleetDesk(scheduler, { overload, perSecond, away: AWAY });
  const { next: random } = createRandom(seed);
  const stop = new AbortController();
  const openings: Opening[] = [];
  const running: Promise<void>[] = [];
  for (let cluster = 0; cluster < clusters; cluster += 1) {
    const outbox = outboxOf(scheduler, desk, cluster, random);
    running.push(outbox.run(stop.signal, stop.signal));
    const moments = [
      ...Array.from({ length: OPENED.before }, () => random() * AWAY.from),
      ...Array.from({ length: OPENED.away }, () => AWAY.from + random() * (AWAY.until - AWAY.from)),
    ];
    for (const [n, at] of moments.entries()) {
      const key = `c${cluster}n${n}`;
      openings.push({ key, cluster, at });
      scheduler.after(at, () => void open(outbox, key));
    }
  }
  await scheduler.runUntil(END, MAX_ACTIONS);
  stop.abort();
  await scheduler.runUntil(END + MINUTE, MAX_ACTIONS);
  await Promise.all(running);
  return figuresOf(desk, openings, { clusters, perSecond });
}

function open(outbox: Outbox, key: string): Promise<unknown> {
  const { spec } = anIncident();
  return outbox.open({ name: key, spec: { ...spec, key, target: { ...spec.target, name: key } } });
}

/** An outbox with the shipped options and a store of its own. */
function outboxOf(scheduler: Scheduler, desk: FleetDesk, cluster: number, random: () => number): Outbox {
  const kit = createKit();
  return new Outbox({ ...kit, ticketApi: desk.apiOf(cluster), clock: clockOf(scheduler), random });
}

function clockOf(scheduler: Scheduler): Clock {
  return {
    now: () => EPOCH + scheduler.now(),
    monotonic: () => scheduler.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const cancel = scheduler.after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        const abort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}

function figuresOf(
  desk: FleetDesk,
  openings: readonly Opening[],
  { clusters, perSecond }: Pick<Sizes, 'clusters' | 'perSecond'>,
): Record<string, number> {
  const filedAt = (key: string): number | undefined => desk.accepted.get(key)?.[0];
  const waits = openings.map(({ key, at }) => (filedAt(key) ?? Infinity) - at);
  /** Of those that opened in the outage, from the moment at which the API was back. */
  const late = openings
    .filter(({ at }) => at >= AWAY.from)
    .map(({ key, cluster }) => ({ cluster, wait: (filedAt(key) ?? Infinity) - AWAY.until }));
  const lastOfCluster = Array.from({ length: clusters }, () => 0);
  for (const { cluster, wait } of late) lastOfCluster[cluster] = Math.max(lastOfCluster[cluster] ?? 0, wait);
  const firstOfCluster = Array.from({ length: clusters }, () => Infinity);
  for (const { cluster, wait } of late)
    firstOfCluster[cluster] = Math.min(firstOfCluster[cluster] ?? Infinity, wait);
  const back = desk.arrivals.filter(({ at }) => at >= AWAY.until);
  const away = desk.arrivals.filter(({ answer }) => answer === 'away');
  return {
    opened: openings.length,
    lost: waits.filter((wait) => wait === Infinity).length,
    doubles: [...desk.accepted.values()].filter((times) => times.length > 1).length,
    'requests in the outage, each cluster, a minute': round(away.length / clusters / minutesOf(AWAY)),
    'most requests in a second of the outage': mostInASecond(away),
    'most requests in a second after it': mostInASecond(back),
    'requests for each ticket after it': round(back.length / late.length),
    'refused with 429': desk.arrivals.filter(({ answer }) => answer === 'limited').length,
    'sent before Retry-After was over': desk.arrivals.filter(({ isEarly }) => isEarly).length,
    'all filed after it, s': seconds(Math.max(...late.map(({ wait }) => wait))),
    'the least that this could take, s': round((late.length * REQUESTS_EACH) / perSecond),
    'first ticket of a cluster after it, s, p50': seconds(quantile(firstOfCluster, 0.5)),
    'first ticket of a cluster after it, s, longest': seconds(Math.max(...firstOfCluster)),
    'last ticket of a cluster after it, s, p50': seconds(quantile(lastOfCluster, 0.5)),
    'last ticket of a cluster after it, s, p99': seconds(quantile(lastOfCluster, 0.99)),
  };
}

function minutesOf({ from, until }: { readonly from: number; readonly until: number }): number {
  return (until - from) / MINUTE;
}

function seconds(ms: number): number {
  return round(ms / SECOND);
}

function mostInASecond(arrivals: readonly Arrival[]): number {
  const counts = new Map<number, number>();
  for (const { at } of arrivals) {
    const second = Math.floor(at / SECOND);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
