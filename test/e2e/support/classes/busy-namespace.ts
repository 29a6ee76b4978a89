import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../cluster/index.ts';
import { aContainer, aCronJob, aJob, aPodSpec, aWorkload, type Fields } from './objects.ts';
import { runs } from '../workloads.ts';

/** Time for a rollout to come far, though not always to its end. */
const ROUND_MS = 15_000;

/** Where much happens and nothing fails. Both namespaces must exist; `passing` is deleted with what runs in it. */
export interface BusyPlace {
  readonly namespace: string;
  readonly passing: string;
}

/** Work that goes on in the background. */
export interface BusyWork {
  /** Ends it and returns how many rounds were done. Throws what went wrong meanwhile. */
  stop(): Promise<number>;
}

/** Rolls out, scales up and down, runs Jobs, and deletes a namespace, round after round. */
export function startBusyWork(cluster: Cluster, place: BusyPlace): BusyWork {
  const stopped = new AbortController();
  const work = (async () => {
    let rounds = 0;
    while (!stopped.signal.aborted) {
      rounds += 1;
      await playRound(cluster, place, rounds);
      await delay(ROUND_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    return rounds;
  })();
  // `stop` tells it, which may be much later.
  work.catch(() => undefined);
  return {
    stop: () => {
      stopped.abort();
      return work;
    },
  };
}

async function playRound(cluster: Cluster, { namespace, passing }: BusyPlace, round: number): Promise<void> {
  const once = round === 1 ? [...steady(namespace), ...steady(passing)] : [];
  const items = [...once, ...rolling(namespace, round), ...jobs(namespace, round)];
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  if (round === 3) await cluster.kubectl(['delete', 'namespace', passing, '--wait=false']);
}

/** Applied once: starts that look bad at first, and a CronJob that does its work. */
function steady(namespace: string): readonly Fields[] {
  const slowStart = aContainer(`sleep 20; touch /tmp/started; ${runs}`, {
    startupProbe: probe('test -f /tmp/started', { failureThreshold: 120 }),
    readinessProbe: probe('test -f /tmp/started'),
  });
  // Its first readiness probes fail.
  const lateReady = aContainer(`(sleep 6; touch /tmp/ready) & ${runs}`, {
    readinessProbe: probe('test -f /tmp/ready'),
  });
  return [
    aWorkload('Deployment', { namespace, name: 'slow-starter', pod: aPodSpec(slowStart) }),
    aWorkload('Deployment', { namespace, name: 'late-ready', pod: aPodSpec(lateReady) }),
    aWorkload('Deployment', {
      namespace,
      name: 'second-try',
      pod: aPodSpec(aContainer(failsOnce(runs), ownDisk.container), ownDisk.pod),
    }),
    aWorkload('DaemonSet', { namespace, name: 'collector', pod: aPodSpec(aContainer(runs)) }),
    aCronJob({ namespace, name: 'every-minute', pod: aPodSpec(aContainer('echo done')) }),
  ];
}

/** Another revision and another number of replicas in each round. */
function rolling(namespace: string, round: number): readonly Fields[] {
  const env = [{ name: 'REVISION', value: String(round) }];
  const serving = aPodSpec(aContainer(runs, { env }));
  const ignoresTerm = aContainer('trap "" TERM; while true; do sleep 1; done', { env });
  return [
    aWorkload('Deployment', { namespace, name: 'web', pod: serving, spec: { replicas: 2 } }),
    aWorkload('Deployment', {
      namespace,
      name: 'elastic',
      pod: aPodSpec(aContainer(runs)),
      spec: { replicas: round % 4 },
    }),
    aWorkload('StatefulSet', { namespace, name: 'store', pod: serving, spec: { replicas: 2 } }),
    aWorkload('Deployment', {
      namespace,
      name: 'deaf',
      pod: aPodSpec(ignoresTerm, { terminationGracePeriodSeconds: 3 }),
    }),
  ];
}

/** One that succeeds, and one that needs a second try. */
function jobs(namespace: string, round: number): readonly Fields[] {
  const retrying = aPodSpec(aContainer(failsOnce('exit 0'), ownDisk.container), {
    ...ownDisk.pod,
    restartPolicy: 'OnFailure',
  });
  return [
    aJob({ namespace, name: `report-${round}`, pod: aPodSpec(aContainer('sleep 2')) }),
    aJob({ namespace, name: `import-${round}`, pod: retrying, spec: { backoffLimit: 3 } }),
  ];
}

/** A directory that outlives the container. */
const ownDisk = {
  container: { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] },
  pod: { volumes: [{ name: 'disk', emptyDir: {} }] },
};

function failsOnce(script: string): string {
  return `if [ ! -f /disk/tried ]; then touch /disk/tried; echo "not yet" >&2; exit 1; fi; ${script}`;
}

function probe(script: string, more: Fields = {}): Fields {
  return { exec: { command: ['/bin/sh', '-c', script] }, periodSeconds: 1, timeoutSeconds: 10, ...more };
}
