import { type Clock, SECOND } from '../../src/domain/clock.ts';
import type { IncidentStore, TicketApi } from '../../src/domain/ports.ts';
import { incidentKey } from '../../src/correlate/index.ts';
import { IncidentCache, IncidentWriter } from '../../src/incidents/index.ts';
import { Outbox, type OutboxDeps, type OutboxOptions } from '../../src/outbox/index.ts';
import { type AgentMutation, type AgentPart, createAgentPart } from './agent-part.ts';
import { type ApiServer, connectApi } from './api-connection.ts';
import { connectDesk, connectStore } from './ports.ts';
import { type AgentProcess, createProcess } from './process.ts';
import type { DeskModel } from './desk-model.ts';
import type { StoreModel } from './store-model.ts';
import { createTexts } from './texts.ts';
import { CLUSTER_KEY, type World } from './world.ts';

/** A way to break the outbox, to see that the harness finds it. Each takes away one thing that a promise rests on. */
export interface Mutation {
  readonly desk?: (desk: TicketApi, parts: MutationParts) => TicketApi;
  readonly store?: (store: IncidentStore, parts: MutationParts) => IncidentStore;
  readonly outbox?: (deps: OutboxDeps, parts: MutationParts) => OutboxDeps;
  readonly agent?: AgentMutation;
}

export interface MutationParts {
  readonly world: World;
  readonly process: AgentProcess;
  readonly storeModel: StoreModel;
  /** The store as the process sees it, without any mutation. */
  readonly store: IncidentStore;
}

export interface FleetDeps {
  readonly world: World;
  readonly store: StoreModel;
  readonly desk: DeskModel;
  readonly options: OutboxOptions;
  readonly mutation: Mutation;
  readonly server: ApiServer;
}

/** A Lease that is not renewed for so long is anybody's. */
const LEASE_MS = 15 * SECOND;

/** Two replicas of the agent, of which one leads. */
export interface Fleet {
  readonly start: () => void;
  readonly killLeader: () => void;
  /** The leader could not renew its Lease; another or the same one leads later. */
  readonly loseLease: (electionMs: number) => void;
  /** The Lease was renewed late: for a moment the leader may not work. */
  readonly flicker: () => void;
  /** As at SIGTERM. */
  readonly stopLeader: () => void;
  readonly jump: (byMs: number) => void;
  /** One of the processes runs nothing for so long. A leader loses its Lease over it when it is long. */
  readonly pause: (lengthMs: number) => void;
  /** How many processes have run. */
  readonly runs: () => number;
  /** Incidents that the leader still has to file. */
  readonly pending: () => number;
}

interface Replica {
  readonly name: string;
  runs: number;
  process: AgentProcess | undefined;
  outbox: Outbox | undefined;
  part: AgentPart | undefined;
  term: Term | undefined;
}

interface Term {
  readonly stop: AbortController;
  readonly cut: AbortController;
  done: Promise<void>;
}

interface State extends FleetDeps {
  readonly replicas: readonly Replica[];
  leader: Replica | undefined;
  isElecting: boolean;
}

/** Replicas that do not run yet. */
export function createFleet(deps: FleetDeps): Fleet {
  const replicas = ['A', 'B'].map((name): Replica => {
    return { name, runs: 0, process: undefined, outbox: undefined, part: undefined, term: undefined };
  });
  const state: State = { ...deps, replicas, leader: undefined, isElecting: false };
  const { world } = deps;
  return {
    start: () => {
      for (const replica of replicas) boot(state, replica);
      elect(state, 0);
    },
    killLeader: () => state.leader?.process?.kill(),
    loseLease: (electionMs) => loseLease(state, electionMs),
    flicker: () => flicker(state),
    stopLeader: () => stopLeader(state),
    jump: (byMs) => {
      const process = world.random.pick(replicas)?.process;
      world.trace(`${process?.name ?? 'nobody'}: the wall clock jumps by ${byMs / SECOND} s`);
      process?.jump(byMs);
    },
    pause: (lengthMs) => pause(state, lengthMs),
    runs: () => replicas.reduce((sum, replica) => sum + replica.runs, 0),
    pending: () => state.leader?.outbox?.pending().count ?? 0,
  };
}

function boot(state: State, replica: Replica): void {
  const { world, server } = state;
  replica.runs += 1;
  const process = createProcess(world, `${replica.name}${replica.runs}`);
  const connection = connectApi(world, process, server);
  const clock = state.mutation.agent?.clock?.(process.clock) ?? connection.clock;
  const parts = compose(state, process, clock);
  const { incidents, writer } = parts;
  const outbox = new Outbox(parts);
  const mutation = state.mutation.agent ?? {};
  const part = createAgentPart({
    world,
    process,
    connection,
    server,
    clock,
    incidents,
    writer,
    outbox,
    mutation,
  });
  Object.assign(replica, { process, outbox, part, term: undefined });
  process.onKilled(() => afterDeath(state, replica));
  world.trace(`${process.name}: starts`);
}

function compose(state: State, process: AgentProcess, clock: Clock): OutboxDeps {
  const { world, mutation, options } = state;
  const store = connectStore(world, process, state.store);
  const parts: MutationParts = { world, process, store, storeModel: state.store };
  const desk = connectDesk(world, process, state.desk);
  const incidents = createCache(world, process);
  const deps: OutboxDeps = {
    incidents,
    writer: new IncidentWriter(mutation.store?.(store, parts) ?? store, incidents),
    ticketApi: onlyWhileLeading(world, process, mutation.desk?.(desk, parts) ?? desk),
    clock,
    random: world.random.next,
    options,
    texts: createTexts(),
    isLeader: process.isLeader,
    observer: createObserver(world, process),
  };
  return mutation.outbox?.(deps, parts) ?? deps;
}

function createCache({ trace }: World, { name }: AgentProcess): IncidentCache {
  return new IncidentCache({
    clusterKey: CLUSTER_KEY,
    keyOf: incidentKey.bind(undefined, CLUSTER_KEY),
    report: {
      foreign: (incident) => trace(`${name}: ${incident.name} is of another cluster`),
      unreadable: (incident) => trace(`${name}: ${incident.name} cannot be read`),
    },
  });
}

/** A request that is started without the Lease breaks a promise. The reads of the stages before the outbox change nothing. */
function onlyWhileLeading(world: World, process: AgentProcess, desk: TicketApi): TicketApi {
  const check = (call: string): void => {
    if (process.isAlive() && !process.isLeader())
      world.violations.push(`${process.name} starts ${call} without the Lease`);
  };
  return {
    ...desk,
    create: (request, signal) => {
      check('create');
      return desk.create(request, signal);
    },
    comment: (id, body, signal) => {
      check('comment');
      return desk.comment(id, body, signal);
    },
    attach: (id, file, signal) => {
      check('attach');
      return desk.attach(id, file, signal);
    },
    close: (id, signal) => {
      check('close');
      return desk.close(id, signal);
    },
  };
}

function createObserver({ trace }: World, { name }: AgentProcess): OutboxDeps['observer'] {
  const tell = (text: string): void => trace(`${name}: ${text}`);
  return {
    filed: (incident, id) => tell(`${incident.name} has ${id}`),
    adopted: (incident, id) => tell(`${incident.name} adopts ${id}`),
    rejected: (incident, error) => tell(`${incident.name} is rejected: ${error}`),
    commented: (incident, { kind }) => tell(`${incident.name} says ${kind}`),
    commentDropped: (incident, { kind }, reason) => tell(`${incident.name} drops ${kind}: ${reason}`),
    duplicateClosed: (incident, id) => tell(`${incident.name} closes the double ${id}`),
    attached: (incident, file) => tell(`${incident.name} has the file ${file}`),
    attachmentDropped: (incident, file, reason) => tell(`${incident.name} drops ${file}: ${reason}`),
    removed: (incident) => tell(`${incident.name} is cleaned up`),
    failed: (incident, call, failure) => tell(`${incident.name} ${call} ${failure.kind}: ${failure.error}`),
    blocked: (reason) => tell(`blocked: ${reason}`),
    unblocked: () => tell('unblocked'),
    ended: () => tell('ended'),
  };
}

function afterDeath(state: State, replica: Replica): void {
  const { world } = state;
  const wasLeader = state.leader === replica;
  Object.assign(replica, { process: undefined, outbox: undefined, part: undefined, term: undefined });
  world.scheduler.after(world.random.between(1, 15) * SECOND, () => boot(state, replica));
  if (!wasLeader) return;
  state.leader = undefined;
  elect(state, world.random.between(0, 30) * SECOND);
}

function elect(state: State, delayMs: number): void {
  if (state.isElecting) return;
  state.isElecting = true;
  state.world.scheduler.after(delayMs, () => {
    state.isElecting = false;
    if (state.leader !== undefined) return;
    const able = state.replicas.filter(
      ({ process, part, term }) =>
        process !== undefined && part?.watches.synced === true && term === undefined,
    );
    const next = state.world.random.pick(able);
    if (next === undefined) elect(state, SECOND);
    else startTerm(state, next);
  });
}

function startTerm(state: State, replica: Replica): void {
  const { process, outbox, part } = replica;
  if (process === undefined || outbox === undefined || part === undefined) return;
  state.world.trace(`${process.name}: leads`);
  state.leader = replica;
  process.setLeading(true);
  const [stop, cut] = [new AbortController(), new AbortController()];
  const term: Term = { stop, cut, done: Promise.resolve() };
  replica.term = term;
  term.done = work(part, outbox, { stop, cut });
}

async function work(part: AgentPart, outbox: Outbox, { stop, cut }: Omit<Term, 'done'>): Promise<void> {
  await part.begin(stop.signal);
  await Promise.all([part.lead(stop.signal), outbox.run(stop.signal, cut.signal)]);
}

function loseLease(state: State, electionMs: number): void {
  const { world, leader } = state;
  const { process, term } = leader ?? {};
  if (leader === undefined || process === undefined || term === undefined) return;
  world.trace(`${process.name}: loses the Lease`);
  process.setLeading(false);
  state.leader = undefined;
  const reason = new Error('the Lease was lost');
  process.after(world.random.between(0, 3_000), () => {
    term.stop.abort(reason);
    term.cut.abort(reason);
    void term.done.then(() => {
      if (leader.term === term) leader.term = undefined;
    });
  });
  elect(state, electionMs);
}

function flicker(state: State): void {
  const { world, leader } = state;
  const process = leader?.process;
  if (leader === undefined || process === undefined) return;
  world.trace(`${process.name}: renews late`);
  process.setLeading(false);
  process.after(world.random.between(100, 4_000), () => {
    if (state.leader === leader && leader.process === process) process.setLeading(true);
  });
}

function pause(state: State, lengthMs: number): void {
  const replica = state.world.random.pick(state.replicas);
  const process = replica?.process;
  if (replica === undefined || process === undefined) return;
  process.pause(lengthMs);
  if (state.leader !== replica || lengthMs < LEASE_MS) return;
  loseLease(state, LEASE_MS);
}

function stopLeader(state: State): void {
  const { world, leader } = state;
  const { process, term } = leader ?? {};
  if (leader === undefined || process === undefined || term === undefined) return;
  world.trace(`${process.name}: stops in order`);
  term.stop.abort(new Error('the agent stops'));
  process.after(world.random.between(1, 10) * SECOND, () => term.cut.abort(new Error('the grace is over')));
  void term.done.then(() => {
    process.setLeading(false);
    process.kill();
  });
}
