import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent } from '../agent/agent.ts';
import { type Config, parseConfig } from '../config/index.ts';
import { createDesk, type Desk } from '../desk/desk.ts';
import { MINUTE, SECOND } from '../domain/clock.ts';
import { createKubeConnection } from '../kube/connection/index.ts';
import { systemClock } from '../lib/system-clock.ts';
import { aNamespace } from '../sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { crashLoop, fix } from '../sandbox/scenarios/index.ts';
import { createLogger, Metrics } from '../telemetry/index.ts';
import type { TicketClient } from '../tickets/index.ts';
import { version } from '../version.ts';
import { aborted, type CommandIo, CommandError, outputOf, portOf, stopSignal } from './process.ts';
import { createAgentRedactor, createKnownSecrets, createTickets } from './runtime.ts';

const usage = `usage: ankra-support-agent demo [--port 8181] [--until filed] [--output json]

Lets a workload crash in an in-memory Kubernetes and shows the ticket that the agent files.
--until filed   end as soon as the ticket is filed, without a page
--output json   with --until filed: print the request and the ticket as JSON
`;

const NAMESPACE = 'ankra-support-agent';
const TOKEN = 'demo-token-of-the-in-memory-desk';
/** The story is played this many times faster than a kubelet would. */
const SPEED = 10;
const FILED_WITHIN_MS = MINUTE;
const LOOK_MS = 200;
const FIX_AFTER_MS = 15 * SECOND;

interface Stage {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  readonly agent: Agent;
  readonly tickets: TicketClient;
  readonly stop: AbortSignal;
  readonly say: (text: string) => void;
}

/** `demo`: the whole way of a ticket on this machine: an in-memory Kubernetes, the desk, the agent. */
export async function demoCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      port: { type: 'string', default: '8181' },
      until: { type: 'string' },
      output: { type: 'string', default: 'text' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    io.err(usage);
    return 0;
  }
  const isJson = outputOf(values.output) === 'json';
  checkUntil(values.until, isJson);
  const isShort = values.until === 'filed';
  const port = isShort ? 0 : portOf(values.port);
  const stop = stopSignal();
  // Standard output is for the result alone; the story goes beside it.
  const say = (text: string): void => io.err(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);
  const folder = await mkdtemp(join(tmpdir(), 'ankra-demo-'));
  try {
    return await play({
      folder,
      port,
      isShort,
      isJson,
      stop: stop.signal,
      say,
      out: io.out,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    stop.restore();
  }
}

function checkUntil(until: string | undefined, isJson: boolean): void {
  if ((until ?? 'filed') !== 'filed')
    throw new CommandError(`--until: "${until}" is not known, only "filed"`, 2);
  if (isJson && until === undefined) throw new CommandError('--output json needs --until filed', 2);
}

interface PlayOptions {
  readonly folder: string;
  readonly port: number;
  readonly isShort: boolean;
  readonly isJson: boolean;
  readonly stop: AbortSignal;
  readonly say: (text: string) => void;
  readonly out: (text: string) => void;
}

async function play(options: PlayOptions): Promise<number> {
  const sandbox = await createSandbox({ token: TOKEN });
  sandbox.objects.apply(aNamespace(NAMESPACE));
  const clusterId = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await openDesk(options.port, clusterId);
  const stage = await setUp(options, sandbox, desk);
  const ending = new AbortController();
  const story = AbortSignal.any([options.stop, ending.signal]);
  const playing = crashLoop.run({
    sandbox,
    clock: systemClock,
    signal: story,
    speed: SPEED,
    onStep: options.say,
  });
  try {
    if (!options.isShort) options.say(`read the tickets at ${desk.url}/  (Ctrl-C ends the demo)`);
    const id = await filedTicket(stage, options.isShort ? FILED_WITHIN_MS : Infinity);
    if (id === undefined) return 0;
    await show(stage, id, options);
    if (!options.isShort) await untilFixed(stage, id, story);
    return 0;
  } finally {
    ending.abort(new Error('the demo ends'));
    await playing;
    await stage.agent.stop();
    stage.tickets.disconnect();
    await desk.close();
    await sandbox.close();
  }
}

async function openDesk(port: number, clusterId: string): Promise<Desk> {
  const options = {
    file: ':memory:',
    tokens: [{ token: TOKEN, label: 'ankra-support-agent' }],
    clusters: [{ id: clusterId, name: 'demo' }],
    host: '127.0.0.1',
  };
  try {
    return await createDesk({ ...options, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandError(`port ${port} is taken: choose another with --port`);
  }
}

async function setUp(options: PlayOptions, sandbox: Sandbox, desk: Desk): Promise<Stage> {
  const tokenFile = join(options.folder, 'token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  const config = demoConfig(desk.url, tokenFile);
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const tickets = createTickets(config, systemClock, secrets);
  const connection = await createKubeConnection(
    { kind: 'explicit', server: sandbox.url, token: TOKEN },
    { clock: systemClock, version },
  );
  const log = createLogger({
    level: 'warn',
    version,
    redact: (text) => redactor.redactText(text).text,
    destination: process.stderr,
  });
  const agent = new Agent({
    config,
    version,
    connection,
    tickets,
    redactor,
    random: Math.random,
    log,
    metrics: new Metrics(version),
    namespace: NAMESPACE,
    identity: 'demo',
    watchTimings: { startSpreadMs: 0 },
  });
  await agent.start(options.stop);
  return { sandbox, desk, agent, tickets, stop: options.stop, say: options.say };
}

/** As in production, only with short waits: nobody watches a demo for ten minutes. */
function demoConfig(url: string, tokenFile: string): Config {
  return parseConfig(
    {
      ticketApi: { url, tokenFile, lookupDelay: '2s' },
      clusterName: 'demo',
      groupWait: '1s',
      resolveAfter: '5s',
      lease: { duration: '6s', renewDeadline: '4s', retryPeriod: '1s' },
    },
    'the demo',
  );
}

/** The id of the first ticket; undefined when the demo is stopped before. */
async function filedTicket({ tickets, stop }: Stage, withinMs: number): Promise<string | undefined> {
  const deadline = systemClock.monotonic() + withinMs;
  while (!stop.aborted) {
    const [ticket] = await tickets.find('k8s-');
    if (ticket !== undefined) return ticket.id;
    if (systemClock.monotonic() > deadline) {
      throw new CommandError(`no ticket was filed within ${withinMs / SECOND} s`);
    }
    await systemClock.sleep(LOOK_MS, stop).catch(() => undefined);
  }
  return undefined;
}

async function show(
  { desk, tickets, say }: Stage,
  id: string,
  { isShort, isJson, out }: PlayOptions,
): Promise<void> {
  const ticket = await tickets.get(id);
  say(`one ticket is filed: ${ticket?.subject ?? id}`);
  if (!isShort) {
    say(`see ${desk.url}/tickets/${id}`);
    return;
  }
  const filed = desk
    .received()
    .find(({ method, url }) => method === 'POST' && url.endsWith('/support/tickets'));
  const row = await deskTicket(desk, id);
  if (isJson) out(`${JSON.stringify({ request: filed?.body, ticket: row }, undefined, 2)}\n`);
  else out(`${ticket?.subject ?? ''}\n\n${ticket?.description ?? ''}\n`);
}

/** The ticket with every field the desk shows. */
async function deskTicket(desk: Desk, id: string): Promise<unknown> {
  const response = await fetch(`${desk.url}/api/v1/org/support/tickets/${id}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  if (!response.ok) throw new CommandError(`the desk answered ${response.status} for its own ticket`);
  return response.json();
}

async function untilFixed(stage: Stage, id: string, story: AbortSignal): Promise<void> {
  const { sandbox, say, stop, tickets } = stage;
  say(`the workload is fixed in ${FIX_AFTER_MS / SECOND} s`);
  await systemClock.sleep(FIX_AFTER_MS, stop).catch(() => undefined);
  if (stop.aborted) return;
  await fix.run({ sandbox, clock: systemClock, signal: story, speed: SPEED, onStep: say });
  while (!stop.aborted) {
    const ticket = await tickets.get(id);
    if ((ticket?.comments.length ?? 0) > 0) break;
    await systemClock.sleep(LOOK_MS, stop).catch(() => undefined);
  }
  if (stop.aborted) return;
  say('the agent has said on the ticket that the workload recovered; Ctrl-C ends the demo');
  await aborted(stop);
}
