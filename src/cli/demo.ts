import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { SECOND } from '../domain/clock.ts';
import { scenarios } from '../sandbox/scenarios/index.ts';
import { DemoCluster } from './demo-cluster.ts';
import { DemoPlay, PATIENCE_MS, type Step } from './demo-play.ts';
import { type Closer, openStage, type Stage } from './demo-stage.ts';
import { aborted, type CommandIo, CommandError, outputOf, portOf, stopSignal } from './process.ts';

const usage = `usage: ankra-support-agent demo [--scenario NAME] [--speed N] [--port N] [--until filed|recovered] [--output text|json] [--list]

Lets workloads fail in an in-memory Kubernetes and shows the tickets that the agent files. Needs no cluster and no account.

--scenario NAME  what happens first; crash-loop when not given. More can be begun on the page.
--list           print the scenarios, and end
--speed N        how many times faster than in reality it is played, 1 to 50; 10 when not given
--port N         port of the page; without it the first free one from 8181 on
--until filed    print the first ticket, and end; without a page
--until recovered  the same, when the agent has said on the ticket that the failure is over
--output json    with --until: the request, the ticket and how many there are, as JSON; with --list: a line of JSON for each scenario;
                 else: what happens as JSON, a line for each step, which is also what a pipe gets; text otherwise
--help           print this
`;

const MOST_SPEED = 50;
/** A second demo beside the first finds a port of its own. */
const DEFAULT_PORTS = Array.from({ length: 20 }, (_none, index) => 8181 + index);

interface DemoOptions {
  readonly scenario: string;
  readonly speed: number;
  readonly ports: readonly number[];
  readonly until: 'filed' | 'recovered' | undefined;
  readonly isJson: boolean;
}

/** `demo`: the whole way of a ticket on this machine: an in-memory Kubernetes, the desk, the agent. */
export async function demoCommand(io: CommandIo): Promise<number> {
  const options = demoOptions(io);
  if (options === undefined) return 0;
  const stop = stopSignal();
  const folder = await mkdtemp(join(tmpdir(), 'ankra-demo-'));
  // Also when nobody reads its output any more, which ends the process at once.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const closers: Closer[] = [];
  try {
    return await play(options, { io, stop: stop.signal, folder, closers });
  } finally {
    // In the reverse order, whatever has failed.
    for (const close of closers.toReversed()) await close();
    remove();
    process.off('exit', remove);
    stop.restore();
  }
}

/** What was asked for; undefined when that was only to be told. Throws CommandError. */
function demoOptions(io: CommandIo): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...io.args],
    options: {
      scenario: { type: 'string', default: 'crash-loop' },
      speed: { type: 'string', default: '10' },
      list: { type: 'boolean', default: false },
      port: { type: 'string' },
      until: { type: 'string' },
      output: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) io.out(usage);
  if (values.list) io.out(listOf(values.output === undefined ? 'text' : outputOf(values.output)));
  if (values.help || values.list) return undefined;
  const { scenario } = values;
  if (!scenarios.some(({ name }) => name === scenario))
    throw new CommandError(`--scenario: "${scenario}" is not known; --list prints those that are`, 2);
  const until = untilOf(values.until);
  const ports = until === undefined ? portsOf(values.port) : [0];
  const isJson = values.output === undefined ? isPiped(until) : outputOf(values.output) === 'json';
  return { scenario, speed: speedOf(values.speed), ports, until, isJson };
}

/** The scenarios, a line each. */
function listOf(output: 'text' | 'json'): string {
  const lines = scenarios.map(({ name, summary }) =>
    output === 'json' ? JSON.stringify({ name, summary }) : `${name.padEnd(18)}${summary}`,
  );
  return `${lines.join('\n')}\n`;
}

function portsOf(port: string | undefined): readonly number[] {
  return port === undefined ? DEFAULT_PORTS : [portOf(port)];
}

/** What a program reads is the story: with an end it is a ticket, which is text unless asked otherwise. */
function isPiped(until: DemoOptions['until']): boolean {
  return until === undefined && process.stdout.isTTY !== true;
}

function untilOf(text: string | undefined): DemoOptions['until'] {
  if (text === undefined || text === 'filed' || text === 'recovered') return text;
  throw new CommandError(`--until: "${text}" is not known, only "filed" and "recovered"`, 2);
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (speed >= 1 && speed <= MOST_SPEED) return speed;
  throw new CommandError(`--speed: "${text}" is no speed; give a number from 1 to ${MOST_SPEED}`, 2);
}

interface Surroundings {
  readonly io: CommandIo;
  readonly stop: AbortSignal;
  readonly folder: string;
  readonly closers: Closer[];
}

async function play(options: DemoOptions, { io, stop, folder, closers }: Surroundings): Promise<number> {
  const ending = new AbortController();
  const isOver = AbortSignal.any([stop, ending.signal]);
  const tell = options.isJson && options.until === undefined ? jsonTeller(io) : textTeller(io);
  const demo = new DemoPlay({ speed: options.speed, stop: isOver, onStep: tell });
  const cluster = new DemoCluster(demo);
  const stage = await openStage(
    { folder, ports: options.ports, stop, speed: options.speed, cluster },
    closers,
  );
  closers.push(await cluster.watch(stage));
  const following = demo.follow(stage);
  closers.push(async () => {
    ending.abort(new Error('the demo ends'));
    await following;
  });
  if (options.until === undefined) {
    demo.say(
      `read the tickets at ${stage.desk.url}/ and see the cluster at ${stage.desk.url}/cluster (Ctrl-C ends the demo)`,
    );
  }
  demo.play(options.scenario);
  if (options.until === undefined) await aborted(stop);
  else await show(await awaited(options, demo), stage, options, io);
  return 0;
}

/** The ticket that the demo is to end with; undefined when it is stopped before. Throws CommandError when it does not come. */
async function awaited({ until }: DemoOptions, demo: DemoPlay): Promise<string | undefined> {
  const id = await demo.firstTicket(PATIENCE_MS);
  if (id === undefined) throw new CommandError(`no ticket was filed within ${PATIENCE_MS / SECOND} s`);
  if (until === 'recovered' && !(await demo.isRecovered(id, PATIENCE_MS)))
    throw new CommandError(`the failure was not over within ${PATIENCE_MS / SECOND} s`);
  return id;
}

async function show(
  id: string | undefined,
  { desk }: Stage,
  { isJson }: DemoOptions,
  io: CommandIo,
): Promise<void> {
  const ticket = id === undefined ? undefined : desk.store.ticket(id);
  if (ticket === undefined) return;
  const { subject, description, request, environment, ...fields } = ticket;
  if (!isJson) io.out(`${subject}\n\n${description}\n`);
  else {
    const comments = desk.store.comments(ticket.id);
    const whole = { ...fields, subject, description, environment: parse(environment), comments };
    const { total } = desk.store.list({ limit: 0, offset: 0 });
    io.out(`${JSON.stringify({ request: parse(request), ticket: whole, tickets: total }, undefined, 2)}\n`);
  }
}

function parse(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/** Standard output is for the result alone; the story goes beside it. */
function textTeller(io: CommandIo): (step: Step) => void {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: process.stderr });
  return ({ at, text, url }) => {
    const time = style('dim', new Date(at).toISOString().slice(11, 19));
    const isTicket = url !== undefined;
    const words = isTicket ? style(['bold', text.includes('Recovered') ? 'green' : 'yellow'], text) : text;
    io.err(`${time}  ${words}\n${isTicket ? `          ${style('underline', url)}\n` : ''}`);
  };
}

function jsonTeller(io: CommandIo): (step: Step) => void {
  return ({ at, ...step }) => io.out(`${JSON.stringify({ at: new Date(at).toISOString(), ...step })}\n`);
}
