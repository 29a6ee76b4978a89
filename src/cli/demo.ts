import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Desk } from '../desk/desk.ts';
import { MINUTE, SECOND } from '../domain/clock.ts';
import { systemClock } from '../lib/system-clock.ts';
import { crashLoop, fix } from '../sandbox/scenarios/index.ts';
import { type Closer, openStage, type Stage, type StageOptions, TOKEN } from './demo-stage.ts';
import { aborted, type CommandIo, CommandError, outputOf, portOf, stopSignal } from './process.ts';

const usage = `usage: ankra-support-agent demo [--port N] [--until filed] [--output json]

Lets a workload crash in an in-memory Kubernetes and shows the ticket that the agent files.
--port N        port of the page; without it the first free one from 8181 on
--until filed   end as soon as the ticket is filed, without a page
--output json   with --until filed: print the request and the ticket as JSON
`;

/** The story is played this many times faster than a kubelet would. */
const SPEED = 10;
const FILED_WITHIN_MS = MINUTE;
const LOOK_MS = 200;
const FIX_AFTER_MS = 15 * SECOND;
/** A second demo beside the first finds a port of its own. */
const DEFAULT_PORTS = Array.from({ length: 20 }, (_none, index) => 8181 + index);

/** `demo`: the whole way of a ticket on this machine: an in-memory Kubernetes, the desk, the agent. */
export async function demoCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      port: { type: 'string' },
      until: { type: 'string' },
      output: { type: 'string', default: 'text' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.err(usage);
    return 0;
  }
  const isJson = outputOf(values.output) === 'json';
  checkUntil(values.until, isJson);
  const isShort = values.until === 'filed';
  const ports = isShort ? [0] : values.port === undefined ? DEFAULT_PORTS : [portOf(values.port)];
  const stop = stopSignal();
  // Standard output is for the result alone; the story goes beside it.
  const say = (text: string): void => io.err(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);
  const folder = await mkdtemp(join(tmpdir(), 'ankra-demo-'));
  try {
    return await play({
      folder,
      ports,
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

interface PlayOptions extends StageOptions {
  readonly isShort: boolean;
  readonly isJson: boolean;
  readonly out: (text: string) => void;
}

async function play(options: PlayOptions): Promise<number> {
  const closers: Closer[] = [];
  try {
    return await tell(options, await openStage(options, closers));
  } finally {
    // In the reverse order, whatever has failed.
    for (const close of closers.toReversed()) await close();
  }
}

/** Plays the story until its end, or until the demo is stopped. */
async function tell(options: PlayOptions, stage: Stage): Promise<number> {
  const ending = new AbortController();
  const story = AbortSignal.any([options.stop, ending.signal]);
  const playing = crashLoop.run({
    sandbox: stage.sandbox,
    clock: systemClock,
    signal: story,
    speed: SPEED,
    onStep: options.say,
  });
  try {
    if (!options.isShort) options.say(`read the tickets at ${stage.desk.url}/  (Ctrl-C ends the demo)`);
    const id = await filedTicket(stage, options.isShort ? FILED_WITHIN_MS : Infinity);
    if (id === undefined) return 0;
    await show(stage, id, options);
    if (!options.isShort) await untilFixed(stage, id, story);
    return 0;
  } finally {
    ending.abort(new Error('the demo ends'));
    await playing;
  }
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
