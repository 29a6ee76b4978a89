import { SECOND } from '../../src/domain/clock.ts';
import { FILE_TICKET_ANNOTATION } from '../../src/domain/incident.ts';
import type { ApiModel } from './api-model.ts';
import { eventObject, type PodState, podObject, setObject } from './objects.ts';
import type { Fault, World } from './world.ts';

/** How a workload fails. */
const modes = [
  /** Its pod has ended and is not started again. */
  'down',
  /** Its pod crashes, runs for a while that is shorter than quiet, and crashes again. */
  'loop',
  /** Its pod runs, and its readiness probe fails. */
  'unready',
] as const;
type Mode = (typeof modes)[number];

/** Each costs the simulation as much as minutes without one. */
const MAX_RESTARTS = 20;

/** What happens to workloads, in the objects of the cluster. */
export interface Workloads {
  /** One that works begins to fail, one that fails works again. */
  readonly turn: (fault: Fault) => void;
  /** More of its pods fail, if it fails. */
  readonly grow: (fault: Fault) => void;
  /** A person asks for a ticket. */
  readonly request: (fault: Fault, value: string) => void;
  /** Deleted; `turn` makes it anew. */
  readonly remove: (fault: Fault) => void;
  /** Nobody wants any of its pods until it turns. */
  readonly scaleToZero: (fault: Fault) => void;
}

interface Workload {
  readonly fault: Fault;
  uid: string;
  wanted: number;
  exists: boolean;
  request: string | undefined;
  pods: PodState[];
  /** Of the failure that stands: what happens in another one is no business of its timers. */
  round: number;
}

interface State {
  readonly world: World;
  readonly api: ApiModel;
  uids: number;
}

/** All workloads, which work. */
export function createWorkloads(world: World, api: ApiModel): Workloads {
  const state: State = { world, api, uids: 0 };
  const workloads = new Map<Fault, Workload>();
  for (const fault of world.faults) {
    const workload = { fault, uid: '', wanted: 1, exists: false, request: undefined, pods: [], round: 0 };
    workloads.set(fault, workload);
    create(state, workload);
  }
  const of = (fault: Fault): Workload => workloads.get(fault) as Workload;
  return {
    turn: (fault) => (fault.isFailing ? heal(state, of(fault)) : fail(state, of(fault))),
    grow: (fault) => grow(state, of(fault)),
    request: (fault, value) => {
      const workload = of(fault);
      workload.request = value;
      if (workload.exists) publishSet(state, workload);
    },
    remove: (fault) => remove(state, of(fault)),
    scaleToZero: (fault) => scaleToZero(state, of(fault)),
  };
}

function create(state: State, workload: Workload): void {
  if (!workload.exists) workload.uid = nextUid(state, workload.fault.owner.name);
  workload.exists = true;
  workload.wanted = 1;
  workload.pods = [newPod(state, workload, 0)];
  publishAll(state, workload);
}

function nextUid(state: State, name: string): string {
  state.uids += 1;
  return `${name}-u${state.uids}`;
}

function newPod(state: State, { fault }: Workload, index: number): PodState {
  const now = state.world.scheduler.now();
  const name = `${fault.owner.name}-${index}`;
  return {
    name,
    uid: nextUid(state, name),
    createdAt: now,
    restartCount: 0,
    since: now,
    isRunning: true,
    isReady: true,
    lastRun: undefined,
  };
}

function fail(state: State, workload: Workload): void {
  const { world } = state;
  const { random, trace } = world;
  const { fault } = workload;
  if (!workload.exists || workload.wanted === 0) create(state, workload);
  const mode: Mode = random.pick(modes) ?? 'down';
  fault.isFailing = true;
  workload.round += 1;
  trace(`${fault.owner.name} fails: ${mode}`);
  const [pod] = workload.pods;
  if (pod === undefined) return;
  if (mode === 'unready') {
    change(state, workload, pod, { isReady: false, since: pod.since });
    const event = eventObject(pod, fault.owner.namespace, world.scheduler.now());
    world.scheduler.after(random.between(0, 3_000), () => state.api.put('events', event));
    return;
  }
  crash(state, workload, pod);
  if (mode === 'loop') restartLater(state, workload, pod, random.between(3, 9) / 10);
}

/** A crash after at least two others: what the agent takes for a loop. */
function crash(state: State, workload: Workload, pod: PodState): void {
  const now = state.world.scheduler.now();
  change(state, workload, pod, {
    isRunning: false,
    isReady: false,
    restartCount: Math.max(3, pod.restartCount),
    lastRun: { from: Math.max(pod.since, now - 5 * 60 * SECOND), to: now },
    since: now,
  });
}

/** Runs for a part of quiet, again and again; one that has done so for long stays down. */
function restartLater(state: State, workload: Workload, pod: PodState, part: number): void {
  const { scheduler, random, quietMs } = state.world;
  const { round } = workload;
  if (pod.restartCount > MAX_RESTARTS) return;
  const ifItStands = (action: () => void) => (): void => {
    if (workload.round === round && workload.pods.includes(pod)) action();
  };
  scheduler.after(
    random.between(300, 8_000),
    ifItStands(() => {
      run(state, workload, pod);
      scheduler.after(
        quietMs * part,
        ifItStands(() => {
          crash(state, workload, pod);
          restartLater(state, workload, pod, part);
        }),
      );
    }),
  );
}

function run(state: State, workload: Workload, pod: PodState): void {
  const restartCount = pod.restartCount + Number(!pod.isRunning);
  const since = pod.isRunning ? pod.since : state.world.scheduler.now();
  change(state, workload, pod, { isRunning: true, isReady: true, since, restartCount });
}

function heal(state: State, workload: Workload): void {
  const { world, api } = state;
  const { fault } = workload;
  fault.isFailing = false;
  workload.round += 1;
  world.trace(`${fault.owner.name} works again`);
  workload.wanted = 1;
  for (const pod of workload.pods.slice(1)) api.remove('pods', pod.uid);
  workload.pods = workload.pods.slice(0, 1);
  const [pod] = workload.pods;
  if (pod === undefined) return;
  if (world.random.chance(0.5)) {
    run(state, workload, pod);
    return;
  }
  api.remove('pods', pod.uid);
  workload.pods = [newPod(state, workload, 0)];
  publishAll(state, workload);
}

function grow(state: State, workload: Workload): void {
  if (!workload.fault.isFailing || workload.pods.length > 1) return;
  state.world.trace(`more of ${workload.fault.owner.name} fails`);
  workload.wanted = 5;
  const more = [1, 2, 3, 4].map((index) => newPod(state, workload, index));
  workload.pods = [...workload.pods, ...more];
  for (const pod of more) crash(state, workload, pod);
}

function remove(state: State, workload: Workload): void {
  if (!workload.exists) return;
  end(state, workload, 'is deleted');
  workload.exists = false;
  state.api.remove('statefulsets', workload.uid);
  discardPods(state, workload);
}

function scaleToZero(state: State, workload: Workload): void {
  if (!workload.exists) return;
  end(state, workload, 'is scaled to zero');
  workload.wanted = 0;
  discardPods(state, workload);
  publishSet(state, workload);
}

function end(state: State, workload: Workload, how: string): void {
  state.world.trace(`${workload.fault.owner.name} ${how}`);
  workload.fault.isFailing = false;
  workload.round += 1;
}

function discardPods(state: State, workload: Workload): void {
  for (const pod of workload.pods) state.api.remove('pods', pod.uid);
  workload.pods = [];
  noteOutage(state, workload);
}

function change(state: State, workload: Workload, pod: PodState, how: Partial<PodState>): void {
  Object.assign(pod, how);
  publishPod(state, workload, pod);
  noteOutage(state, workload);
  publishSet(state, workload);
}

function publishAll(state: State, workload: Workload): void {
  for (const pod of workload.pods) publishPod(state, workload, pod);
  noteOutage(state, workload);
  publishSet(state, workload);
}

function publishPod({ api, world }: State, { fault, uid }: Workload, pod: PodState): void {
  api.put('pods', podObject(pod, { ...fault.owner, uid }, world.scheduler.now()));
}

function publishSet({ api }: State, { fault, uid, wanted, pods, request }: Workload): void {
  const ready = pods.filter(({ isReady }) => isReady).length;
  const annotations = request === undefined ? {} : { [FILE_TICKET_ANNOTATION]: request };
  const owner = { ...fault.owner, uid };
  api.put('statefulsets', setObject(owner, { wanted, ready, annotations }));
}

/** Keeps the truth. */
function noteOutage({ world }: State, { fault, pods }: Workload): void {
  const now = world.scheduler.now();
  const isDown = pods.some(({ isReady }) => !isReady);
  const last = fault.outages.at(-1);
  const isOpen = last !== undefined && last.to === Infinity;
  if (isDown && !isOpen) fault.outages.push({ from: now, to: Infinity });
  if (!isDown && isOpen) last.to = now;
}
