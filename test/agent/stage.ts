import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type AgentDeps } from '../../src/agent/agent.ts';
import { createAgentRedactor, createKnownSecrets, createTickets } from '../../src/cli/runtime.ts';
import { type ConfigInput, parseConfig } from '../../src/config/index.ts';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { type Clock, SECOND } from '../../src/domain/clock.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { StoredObject } from '../../src/sandbox/api-types.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';

const NAMESPACE = 'ankra-support-agent';
const TOKEN = 'token-of-the-desk-and-the-sandbox';
const DEADLINE_MS = 25 * SECOND;
const LOOK_MS = 20;

/** One real agent. */
export interface RunningAgent {
  readonly agent: Agent;
  readonly metrics: Metrics;
  /** Log lines, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** As on SIGTERM. */
  readonly stop: () => Promise<void>;
  /** As on SIGKILL: nothing more leaves the process, and the Lease stays behind. */
  readonly kill: () => Promise<void>;
}

/** A sandbox and a desk over HTTP, and agents between them. */
export interface TestStage {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  /** `machine` is the clock of the agent's machine; `change` puts in other parts than the usual ones. */
  readonly start: (
    name?: string,
    config?: ConfigInput,
    change?: (deps: AgentDeps) => AgentDeps,
    machine?: Clock,
  ) => Promise<RunningAgent>;
  readonly tickets: () => readonly DeskTicket[];
  readonly incidents: () => readonly IncidentObject[];
  readonly close: () => Promise<void>;
}

/** A ticket as it lies in the desk. */
export interface DeskTicket {
  readonly id: string;
  readonly subject: string;
  readonly description: string;
  readonly status: string;
  readonly comments: readonly string[];
}

/** An Incident as it lies in the sandbox. */
export interface IncidentObject {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Waits until `read` gives something; fails with what was looked for after the deadline. */
export async function until<T>(
  what: string,
  read: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = DEADLINE_MS,
): Promise<T> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (systemClock.monotonic() > deadline) throw new Error(`not within ${withinMs / SECOND} s: ${what}`);
    await systemClock.sleep(LOOK_MS);
  }
}

/** A cluster that the ticket API knows by an id of its own. */
export const registeredCluster = { id: '4d1b0b0e-0000-4000-8000-00000000000a', name: 'production' };

/** Opens sandbox and desk. */
export async function openStage(): Promise<TestStage> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-test-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN);
  const sandbox = await createSandbox({ token: TOKEN });
  for (const name of [NAMESPACE, 'shop']) sandbox.objects.apply(aNamespace(name));
  const id = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await createDesk({
    file: ':memory:',
    tokens: [{ token: TOKEN, label: 'agent' }],
    clusters: [{ id, name: 'test' }, registeredCluster],
    host: '127.0.0.1',
    port: 0,
  });
  const api = { url: desk.url, tokenFile };
  const agents = new Set<RunningAgent>();

  return {
    sandbox,
    desk,
    start: async (name = 'agent-1', config = {}, change, machine = systemClock) => {
      const running = await startAgent({
        sandbox,
        name,
        config: { ...shortWaits(api), ...config },
        change,
        machine,
      });
      agents.add(running);
      return running;
    },
    tickets: () => readTickets(desk),
    incidents: () => sandbox.objects.list({ kind: 'Incident', namespace: NAMESPACE }).map(toIncident),
    close: async () => {
      await Promise.all([...agents].map((running) => running.stop()));
      await desk.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For tests in which a leader dies: the next one leads after two seconds. */
export const shortLease = { duration: '2s', renewDeadline: '1s', retryPeriod: '200ms' };

/** For all others: longer than an event loop on a busy machine stands still, as who loses the Lease does some things twice. */
export const longLease = { duration: '30s', renewDeadline: '20s', retryPeriod: '200ms' };

function shortWaits(ticketApi: { readonly url: string; readonly tokenFile: string }): ConfigInput {
  return {
    ticketApi: { ...ticketApi, lookupDelay: '200ms', timeout: '5s' },
    groupWait: '0s',
    resolveAfter: '1s',
    lease: longLease,
  };
}

/** What stands on the desk, oldest first, read from its database: faults are for the agents. */
function readTickets({ store }: Desk): readonly DeskTicket[] {
  const everything = { statuses: [], now: Infinity, limit: 100, offset: 0 };
  return store
    .list(everything)
    .rows.toReversed()
    .map(({ id, subject, status }) => ({
      id,
      subject,
      description: store.ticket(id)?.description ?? '',
      status,
      comments: store.comments(id).map(({ body }) => body),
    }));
}

function toIncident(object: StoredObject): IncidentObject {
  const { spec, status } = object as { spec?: Record<string, unknown>; status?: Record<string, unknown> };
  return { name: object.metadata.name, spec: spec ?? {}, status: status ?? {} };
}

interface AgentOptions {
  readonly sandbox: Sandbox;
  readonly name: string;
  readonly config: ConfigInput;
  readonly change: ((deps: AgentDeps) => AgentDeps) | undefined;
  readonly machine: Clock;
}

async function startAgent({
  sandbox,
  name,
  config: input,
  change,
  machine,
}: AgentOptions): Promise<RunningAgent> {
  const config = parseConfig(input, 'test');
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const tickets = createTickets(config, systemClock, secrets);
  const connection = await createKubeConnection(
    { kind: 'explicit', server: sandbox.url, token: TOKEN },
    { clock: machine, version: '0.0.0' },
  );
  const metrics = new Metrics('0.0.0');
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'debug',
    version: '0.0.0',
    redact: (text) => redactor.redactText(text).text,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const deps: AgentDeps = {
    config,
    version: '0.0.0',
    connection,
    tickets,
    redactor,
    // Back-offs with jitter are at their shortest.
    random: () => 0.02,
    log,
    metrics,
    namespace: NAMESPACE,
    identity: name,
    watchTimings: {
      startSpreadMs: 0,
      backoffInitMs: 20,
      slowInitMs: 500,
      reopenSpreadMs: 20,
      shortWatchMs: 0,
      proofSpacingMs: 100,
    },
  };
  const agent = new Agent(change?.(deps) ?? deps);
  const running = new AbortController();
  await agent.start(running.signal);
  const cut = (): void => {
    connection.close();
    tickets.disconnect();
  };
  let ended: Promise<void> | undefined;
  return {
    agent,
    metrics,
    lines,
    stop: () => (ended ??= agent.stop().then(cut)),
    kill: () => {
      cut();
      return (ended ??= agent.stop());
    },
  };
}
