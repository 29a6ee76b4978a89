import { parseArgs } from 'node:util';
import { SECOND } from '../../src/domain/clock.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { Election } from '../../src/kube/lease/election.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { BenchReport } from '../lib/bench.ts';
import { round, summarize } from '../lib/statistics.ts';

const NAMESPACE = 'default';
/** The defaults of the agent. */
const LEASE_MS = 30 * SECOND;
const RETRY_MS = 5 * SECOND;
const PATIENCE_MS = 2 * LEASE_MS;

/** One replica's election with a connection of its own. */
interface Candidate {
  readonly isLeader: () => boolean;
  /** As on SIGKILL: nothing more leaves it. */
  readonly kill: () => void;
  /** As on SIGTERM. */
  readonly stop: () => Promise<void>;
}

/**
 * How long nobody leads after the leader has died, and after it has stopped in order: pairs of elections with the default durations,
 * all at once, each about a Lease of its own, over real connections to an in-memory API. Options: `--samples 50`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({ args: [...args], options: { samples: { type: 'string', default: '50' } } });
  const count = Number(values.samples);
  const sandbox = await createSandbox();
  try {
    const crashes = await all(count, (n) => takeOver(sandbox, `crash-${n}`, (leader) => leader.kill()));
    const ends = await all(count, (n) => takeOver(sandbox, `end-${n}`, (leader) => void leader.stop()));
    return report(crashes, ends);
  } finally {
    await sandbox.close();
  }
}

function all(count: number, one: (n: number) => Promise<number>): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, (_none, n) => one(n)));
}

async function takeOver(sandbox: Sandbox, name: string, end: (leader: Candidate) => void): Promise<number> {
  const leader = await candidate(sandbox, name, 'first');
  await until(leader.isLeader);
  const standby = await candidate(sandbox, name, 'second');
  // Somewhere between two renewals.
  await systemClock.sleep(RETRY_MS + Math.random() * RETRY_MS);
  const endedAt = performance.now();
  end(leader);
  await until(standby.isLeader);
  const took = performance.now() - endedAt;
  await standby.stop();
  return took;
}

async function candidate(sandbox: Sandbox, name: string, identity: string): Promise<Candidate> {
  const source = { kind: 'explicit', server: sandbox.url } as const;
  const connection = await createKubeConnection(source, { clock: systemClock, version: 'bench' });
  const stop = new AbortController();
  const election = new Election({
    connection,
    namespace: NAMESPACE,
    name,
    identity: `${identity}-${name}`,
    clock: systemClock,
    random: Math.random,
    durations: { leaseMs: LEASE_MS, renewDeadlineMs: 20 * SECOND, retryPeriodMs: RETRY_MS },
    onStarted: () => undefined,
    onStopped: () => undefined,
  });
  const done = election.run(stop.signal);
  return {
    isLeader: () => election.isLeader(),
    kill: () => {
      connection.close();
      stop.abort();
    },
    stop: async () => {
      stop.abort();
      await done;
      connection.close();
    },
  };
}

async function until(isReached: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isReached()) {
    if (performance.now() > deadline) throw new Error('nobody leads');
    await systemClock.sleep(2);
  }
}

function report(crashes: readonly number[], ends: readonly number[]): BenchReport {
  const seconds = (times: readonly number[]): Record<string, number> => {
    const { samples, ...figures } = summarize(times.map((ms) => ms / SECOND));
    return { samples, ...figures };
  };
  const rows = { 'after a crash': seconds(crashes), 'after an end in order': seconds(ends) };
  const title = `From the end of one leader to the next one, s; the Lease lasts ${round(LEASE_MS / SECOND)} s`;
  return { figures: { crashes, ends }, tables: [{ title, rows }] };
}
