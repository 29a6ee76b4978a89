import type { Clock } from '../../domain/clock.ts';
import type { KubeObject } from '../api-types.ts';
import { aNewStyleEvent, anEvent, type EventOptions } from '../event-objects.ts';
import { aNode } from '../node-objects.ts';
import { aNamespace } from '../objects.ts';
import type { Sandbox } from '../sandbox.ts';

/** What stands around the cluster. A scenario that is played without it goes on as if all had been done. */
export interface World {
  /** Resolves when a ticket about this workload or node stands that was not there when the scenario began. */
  whenFiled(name: string): Promise<void>;
  /** Takes the ticket API away, or brings it back. */
  setTicketApi(isThere: boolean): void;
  /** Stops the agent and starts a new process's worth of it: it remembers nothing. */
  restartAgent(): Promise<void>;
}

const nowhere: World = {
  whenFiled: () => Promise.resolve(),
  setTicketApi: () => undefined,
  restartAgent: () => Promise.resolve(),
};

/** What a scenario plays on. */
export interface ScenarioContext {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** Ends the story: `run` then resolves. */
  readonly signal?: AbortSignal;
  /** How many times faster than in reality waits are; default 1. Time stamps are the clock's own. */
  readonly speed?: number;
  /** Told what happens, one sentence at a time. */
  readonly onStep?: (text: string) => void;
  readonly world?: World;
}

/** A scripted story of a cluster. */
export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Plays it; resolves when the story is over, or its signal is aborted. */
  run(context: ScenarioContext): Promise<void>;
}

/** What an Event says, without who and when: the stage adds those. */
export type Report = Omit<EventOptions, 'name' | 'firstAt' | 'lastAt' | 'count'>;

/** A running scenario's hands: time, Events, words. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly world: World;
  /** Epoch milliseconds. */
  now(): number;
  /** Waits `ms` of story time; rejects when the story is ended. */
  wait(ms: number): Promise<void>;
  /** Posts an Event, or counts it up when it has been posted before. */
  report(report: Report): void;
  /** Posts an Event of the new recorder. */
  reportAction(report: Report & { readonly action: string }): void;
  say(text: string): void;
}

/** Event names end in a number that grows, as those of the real recorders (which use nanoseconds). */
function createNames(): (object: KubeObject) => string {
  let number = 0x18a3f2c0d1e0;
  return (object) => {
    number += 1;
    return `${object.metadata.name}.${number.toString(16)}`;
  };
}

/** The stage of one run of a scenario, on a cluster with the node `node-1`. */
export function createStage(context: ScenarioContext): Stage {
  const { sandbox, clock, signal, speed = 1 } = context;
  const nextName = createNames();
  const posted = new Map<string, { name: string; firstAt: number; count: number }>();

  function report(said: Report): void {
    const key = [said.regarding.metadata.uid, said.reason, said.message, said.fieldPath].join('|');
    const before = posted.get(key);
    const now = clock.now();
    const entry = {
      name: before?.name ?? nextName(said.regarding),
      firstAt: before?.firstAt ?? now,
      count: (before?.count ?? 0) + 1,
    };
    posted.set(key, entry);
    sandbox.objects.apply(anEvent({ ...said, ...entry, lastAt: now }));
  }

  return {
    sandbox,
    world: context.world ?? nowhere,
    now: () => clock.now(),
    wait: (ms) => clock.sleep(ms / speed, signal),
    report,
    reportAction: (said) => {
      const event = { ...said, name: nextName(said.regarding), firstAt: clock.now() };
      sandbox.objects.apply(aNewStyleEvent(event));
    },
    say: (text) => context.onStep?.(text),
  };
}

/** Gives the sandbox a healthy node, and the namespace of the story, unless they are there. */
export function prepare(stage: Stage, namespace: string, node = 'node-1'): void {
  const { objects } = stage.sandbox;
  if (objects.get({ kind: 'Node', name: node }) === undefined) objects.apply(aNode(node, stage.now()));
  if (objects.get({ kind: 'Namespace', name: namespace }) === undefined) objects.apply(aNamespace(namespace));
}

/** Makes a scenario of a story: the end of its signal is a proper end of it. */
export function aScenario(
  about: { name: string; summary: string },
  story: (stage: Stage) => Promise<void>,
): Scenario {
  return {
    ...about,
    run: async (context) => {
      try {
        await story(createStage(context));
      } catch (error) {
        if (context.signal?.aborted !== true) throw error;
      }
    },
  };
}
