import type { ContainerFacts, Environment } from '../../../domain/environment.ts';
import type { FailureClass } from '../../../domain/failure-classes.ts';
import type { ShellNames } from '../names.ts';
import type { Story } from '../story.ts';
import { type ClassText, nodeAndPods } from './class-text.ts';
import { configCommands, configHint } from './config.ts';
import { crashCommands, crashHint } from './crash.ts';
import { imageCommands, imageHint } from './image.ts';
import { evictionHint, nodeHint } from './node.ts';
import {
  eventCommands,
  eventHint,
  jobHint,
  terminatingCommands,
  terminatingHint,
} from './job-event-terminating.ts';
import { probeHint, rolloutCommands, rolloutHint } from './readiness.ts';
import { schedulingCommands, schedulingHint } from './scheduling.ts';
import { createCommands, createHint, startCommands, startHint } from './start.ts';
import { storageCommands, storageHint } from './storage.ts';

/** Hints and commands by class; what else is known of a class is in `src/domain/failure-classes.ts`. */
const classTexts: Readonly<Record<FailureClass, ClassText>> = {
  node: { hint: nodeHint },
  storage: { hint: storageHint, commands: storageCommands },
  create: { hint: createHint, commands: createCommands },
  image: { hint: imageHint, commands: imageCommands },
  config: { hint: configHint, commands: configCommands },
  scheduling: { hint: schedulingHint, commands: schedulingCommands },
  job: { hint: jobHint },
  crash: { hint: crashHint, commands: crashCommands },
  start: { hint: startHint, commands: startCommands },
  probe: { hint: probeHint, commands: ({ kubectl }) => [`${kubectl} get endpointslices`] },
  rollout: { hint: rolloutHint, commands: rolloutCommands },
  eviction: { hint: evictionHint, commands: nodeAndPods },
  event: { hint: eventHint, commands: eventCommands },
  terminating: { hint: terminatingHint, commands: terminatingCommands },
  manual: {},
};

const byName = new Map(Object.entries(classTexts));

function textOf({ incident }: Environment): ClassText {
  return byName.get(incident.class) ?? {};
}

/** What to read next, by the class of the failure and by what it shows. */
export function classCommands(names: ShellNames, story: Story): readonly string[] {
  return textOf(story.environment).commands?.(names, story) ?? [];
}

/** A run that could not begin has the words of the runtime; any other has those of the program, which may say anything. */
const unstartable = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError', 'PostStartHookError']);

function runtimeWords(ended: ContainerFacts['state']['terminated']): string | undefined {
  return unstartable.has(ended?.reason ?? '') ? ended?.message : undefined;
}

/** Older warnings tell of older troubles. */
const MAX_REPORTS = 5;

/** Sentences of ours on where to look first; undefined where there is nothing to say beyond the facts. */
export function hintFor(
  { environment, message }: Pick<Story, 'environment' | 'message'>,
  container: ContainerFacts | undefined,
): string | undefined {
  const { incident, events } = environment;
  const { state, lastState } = container ?? {};
  const texts = [
    incident.reason,
    message,
    state?.waiting?.message,
    ...[state?.terminated, lastState?.terminated].map(runtimeWords),
  ];
  const words = texts.filter((text) => text !== undefined).join('\n');
  const reports = events
    .filter(({ type }) => type === 'Warning')
    .slice(0, MAX_REPORTS)
    .map((event) => event.message)
    .join('\n');
  return textOf(environment).hint?.({ environment, container, words, reports });
}
