import { Agent } from '../../src/agent/agent.ts';
import { createAgentRedactor, createKnownSecrets } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import { failureClasses } from '../../src/domain/failure-classes.ts';
import { defaultForMs } from '../support/default-for.ts';
import { type Clock, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { createScheduler, type Scheduler } from '../crash-points/scheduler.ts';
import type { Case, Step } from './case.ts';
import { type CaseCluster, createCaseCluster } from './cluster.ts';
import { type CaseDesk, createCaseDesk } from './desk.ts';

const NAMESPACE = 'ankra-support-agent';
/** How long a failure of a class that is not named must last: the longest of those that are on by default, and the pressure of a node. */
const LONGEST_MS = 20 * MINUTE;
/** Beyond that: `groupWait`, and the agent's own start. */
const MARGIN_MS = 90 * SECOND;
/** Silence is waited for this long, and so is a ticket too many. */
const SILENCE_MS = MINUTE;
const LOOK_MS = 10 * SECOND;
/** Far above what the busiest case needs. */
const MAX_ACTIONS = 200_000;

/** A ticket that the agent has filed. */
export interface PlayedTicket {
  readonly subject: string;
  readonly description: string;
  readonly comments: readonly string[];
  readonly ownerKind: string;
  readonly class: string;
}

/**
 * Plays a case in virtual time against the whole agent with its default configuration, which is installed at the case's `now`. Only
 * the sockets are left out: the API server is the sandbox's, the ticket API a list.
 */
export async function playCase(one: Case): Promise<readonly PlayedTicket[]> {
  const scheduler = createScheduler();
  const clock = virtualClock(scheduler, Date.parse(one.now));
  const cluster = createCaseCluster(clock);
  const desk = createCaseDesk(clock);
  const run = (ms: number): Promise<void> => scheduler.runUntil(scheduler.now() + ms, MAX_ACTIONS);
  applyStep(cluster, one);
  for (const log of one.logs ?? []) cluster.setLog(log);
  const stop = startAgent(cluster, desk);
  for (const step of one.steps ?? []) {
    await run(step.afterSeconds * SECOND);
    applyStep(cluster, step);
  }
  const until = scheduler.now() + patience(one) + MARGIN_MS;
  while (desk.filed.length < one.expect.tickets && scheduler.now() < until) await run(LOOK_MS);
  await run(SILENCE_MS);
  stop();
  return ticketsOf(cluster, desk);
}

/** A class is told by the time its hold is over, even where the agent can believe no time that it reads. */
function patience({ expect }: Case): number {
  const named = failureClasses.find((one) => one === expect.class);
  return named === undefined ? LONGEST_MS : defaultForMs[named];
}

function applyStep({ objects }: CaseCluster, step: Partial<Step> & Partial<Pick<Case, 'objects'>>): void {
  const applied = [...(step.objects ?? []), ...(step.apply ?? [])];
  const namespaces = new Set(applied.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of [NAMESPACE, ...namespaces])
    if (objects.get({ kind: 'Namespace', name }) === undefined) objects.apply(aNamespace(name));
  for (const object of applied) objects.apply(object);
  for (const ref of step.delete ?? []) objects.delete(ref);
}

function virtualClock(scheduler: Scheduler, startAt: number): Clock {
  return {
    now: () => startAt + scheduler.now(),
    monotonic: () => scheduler.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = scheduler.after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}

/** Begins an agent; what it returns ends it. */
function startAgent(cluster: CaseCluster, desk: CaseDesk): () => void {
  const config = parseConfig(
    { ticketApi: { url: 'https://desk.example', tokenFile: '/none' } },
    'the configuration of a case',
  );
  const isTold = process.env['CASE_LOG'] !== undefined;
  const agent = new Agent({
    config,
    version: '0.0.0',
    connection: cluster.connect(),
    tickets: desk,
    redactor: createAgentRedactor(config, createKnownSecrets()),
    random: () => 0.02,
    log: createLogger({
      level: process.env['CASE_LOG'] ?? 'error',
      version: '0.0.0',
      redact: (text) => text,
      destination: { write: (line) => void (isTold && process.stdout.write(line)) },
    }),
    metrics: new Metrics('0.0.0'),
    namespace: NAMESPACE,
    identity: 'agent-1',
    watchTimings: { startSpreadMs: 0, shortWatchMs: 0 },
  });
  const ending = new AbortController();
  // Ends with the case: nobody runs its timers any more.
  void agent.start(ending.signal);
  return () => ending.abort();
}

interface WrittenIncident {
  readonly spec: { readonly class: string; readonly target: { readonly kind: string } };
  readonly status?: { readonly ticketId?: string };
}

function ticketsOf({ objects }: CaseCluster, desk: CaseDesk): readonly PlayedTicket[] {
  const incidents = objects
    .list({ kind: 'Incident', namespace: NAMESPACE })
    .map((object) => object as unknown as WrittenIncident);
  return desk.filed.map(({ id, subject, description, comments }) => {
    const spec = incidents.find(({ status }) => status?.ticketId === id)?.spec;
    return {
      subject,
      description,
      comments: comments.map(({ body }) => body),
      ownerKind: spec?.target.kind ?? 'unknown',
      class: spec?.class ?? 'unknown',
    };
  });
}
