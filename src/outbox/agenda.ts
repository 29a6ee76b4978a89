import { causality } from '../domain/failure-classes.ts';
import type { Incident } from '../domain/incident.ts';
import { createHeap, type Heap } from '../lib/heap.ts';
import { mayTellRecovery } from './recovery-status.ts';
import { type Moment, nextStep, type OutboxOptions, type Step } from './next-step.ts';
import type { Item, Shelf } from './shelf.ts';

/** Something that can be done now. */
export interface Job {
  readonly item: Item;
  readonly step: Exclude<Step, { kind: 'wait' }>;
}

/**
 * What is to be done next, of thousands of incidents, at the price of those that something has happened to: each is looked at
 * when it was touched, and when its time has come.
 */
export interface Agenda {
  /** The incident of this name, or what is known of it, is not as it was. */
  readonly touch: (name: string) => void;
  /**
   * The most urgent thing that can be done now, or when to look again (monotonic). What needs the ticket API is held until
   * `heldUntil`. A job that was given is not given again before its incident is touched.
   */
  readonly next: (moment: Moment, heldUntil: number) => { readonly job?: Job; readonly until?: number };
}

interface Entry {
  readonly name: string;
  /** As it was when it was looked at: the order of a queue must not change under it. */
  readonly incident: Incident;
  /** When a write of it was denied last; before all times if none was. */
  readonly deniedAt: number;
  readonly step: Step;
  readonly queue: Heap<Entry>;
}

export interface AgendaDeps {
  readonly shelf: Pick<Shelf, 'items' | 'successorOf'>;
  readonly options: OutboxOptions;
  /** Keys whose Incidents may not be worked on: one of them is. */
  readonly busy: ReadonlySet<string>;
}

interface State extends AgendaDeps {
  readonly touched: Set<string>;
  readonly entries: Map<string, Entry>;
  /** Needs the ticket API. */
  readonly calls: Heap<Entry>;
  readonly rest: Heap<Entry>;
  readonly waiting: Heap<Entry>;
}

/** An agenda of what is on the shelf, of which nothing has been looked at yet. */
export function createAgenda(deps: AgendaDeps): Agenda {
  const isMoreUrgent = (left: Entry, right: Entry): boolean => urgency(left, right) < 0;
  const state: State = {
    ...deps,
    touched: new Set(),
    entries: new Map(),
    calls: createHeap(isMoreUrgent),
    rest: createHeap(isMoreUrgent),
    waiting: createHeap((left, right) => waitOf(left) < waitOf(right)),
  };
  return {
    touch: (name) => touch(state, name),
    next: (moment, heldUntil) => next(state, moment, heldUntil),
  };
}

/** A standby is told of all that comes and goes and never asks: what is on no shelf and in no queue is not kept. */
function touch({ shelf, entries, touched }: State, name: string): void {
  if (shelf.items.has(name) || entries.has(name)) touched.add(name);
  else touched.delete(name);
}

function waitOf({ step }: Entry): number {
  return step.kind === 'wait' ? (step.until ?? Infinity) : 0;
}

/**
 * What is to get a ticket comes before comments and clean-up, then what is worse, then what is older. What was denied goes behind all
 * that was not, so that two tickets that a firewall dislikes cannot take every turn that there is.
 */
function urgency(one: Entry, two: Entry): number {
  const [left, right] = [one.incident, two.incident];
  return (
    Number(one.deniedAt > two.deniedAt) - Number(one.deniedAt < two.deniedAt) ||
    Number(wantsTicket(right)) - Number(wantsTicket(left)) ||
    gravity(left) - gravity(right) ||
    left.spec.openedAt - right.spec.openedAt
  );
}

/** One for which another incident speaks gets none. */
function wantsTicket({ status, spec }: Incident): boolean {
  return status.phase === 'Pending' && spec.cause === undefined;
}

function gravity({ status, spec }: Incident): number {
  return causality(status.class ?? spec.class);
}

function next(state: State, moment: Moment, heldUntil: number): ReturnType<Agenda['next']> {
  const { touched, calls, rest, waiting } = state;
  for (const name of touched) look(state, name, moment);
  touched.clear();
  for (let due = waiting.peek(); due !== undefined && waitOf(due) <= moment.elapsed; due = waiting.peek())
    look(state, due.name, moment);
  const isHeld = heldUntil > moment.elapsed;
  const job = isHeld ? take(state, rest, moment) : takeMostUrgent(state, moment);
  if (job !== undefined) return { job };
  const first = waiting.peek();
  const until = Math.min(
    first === undefined ? Infinity : waitOf(first),
    calls.size > 0 ? heldUntil : Infinity,
  );
  return until === Infinity ? {} : { until };
}

/** Finds out what is to be done for an incident, and queues it for that. */
function look(state: State, name: string, moment: Moment): void {
  const { shelf, options, busy, entries } = state;
  const before = entries.get(name);
  before?.queue.remove(before);
  entries.delete(name);
  const item = shelf.items.get(name);
  // It is touched again when the work on its key ends.
  if (item === undefined || busy.has(item.incident.spec.key)) return;
  const { incident } = item;
  const facts = { ...item.facts, successor: shelf.successorOf(incident) };
  const step = nextStep(incident, facts, moment, options);
  // Nothing to do before it changes.
  if (step.kind === 'wait' && step.until === undefined) return;
  const { deniedAt = -Infinity } = item.facts;
  const entry = { name, incident, deniedAt, step, queue: queueFor(state, step, incident) };
  entries.set(name, entry);
  entry.queue.add(entry);
}

/** Steps that ask the ticket API. */
const callSteps: ReadonlySet<Step['kind']> = new Set(['lookUp', 'post', 'comment', 'verify']);

function queueFor({ calls, rest, waiting }: State, step: Step, incident: Incident): Heap<Entry> {
  if (step.kind === 'wait') return waiting;
  const isCall = step.kind === 'adopt' ? step.own && mayTellRecovery(incident) : callSteps.has(step.kind);
  return isCall ? calls : rest;
}

function takeMostUrgent(state: State, moment: Moment): Job | undefined {
  const { calls, rest } = state;
  const [call, other] = [calls.peek(), rest.peek()];
  const isCallFirst = other === undefined || (call !== undefined && urgency(call, other) <= 0);
  const [first, second] = isCallFirst ? [calls, rest] : [rest, calls];
  return take(state, first, moment) ?? take(state, second, moment);
}

function take(state: State, queue: Heap<Entry>, moment: Moment): Job | undefined {
  for (let first = queue.peek(); first !== undefined; first = queue.peek()) {
    // It may have been held for long, and the next step be another one by now.
    look(state, first.name, moment);
    const entry = state.entries.get(first.name);
    const item = state.shelf.items.get(first.name);
    if (entry?.queue !== queue || item === undefined || entry.step.kind === 'wait') continue;
    queue.remove(entry);
    state.entries.delete(entry.name);
    return { item, step: entry.step };
  }
  return undefined;
}
