import type { ContainerFacts, Environment } from '../../../domain/environment.ts';
import type { FailureClass } from '../../../domain/failure-classes.ts';
import type { ShellNames } from '../shell-names.ts';
import type { Story } from '../story.ts';
import type { ClassText } from './class-text.ts';
import { configText } from './config.ts';
import { crashText } from './crash.ts';
import { createText } from './create.ts';
import { eventText } from './event.ts';
import { evictionText } from './eviction.ts';
import { imageText } from './image.ts';
import { jobText } from './job.ts';
import { nodeText } from './node.ts';
import { probeText } from './probe.ts';
import { rolloutText } from './rollout.ts';
import { schedulingText } from './scheduling.ts';
import { startText } from './start.ts';
import { storageText } from './storage.ts';
import { terminatingText } from './terminating.ts';

/** Hints and commands by class; what else is known of a class is in `src/domain/failure-classes.ts`. */
const classTexts = {
  node: nodeText,
  storage: storageText,
  create: createText,
  image: imageText,
  config: configText,
  scheduling: schedulingText,
  job: jobText,
  crash: crashText,
  start: startText,
  probe: probeText,
  rollout: rolloutText,
  eviction: evictionText,
  event: eventText,
  terminating: terminatingText,
  manual: {},
} as const satisfies Readonly<Record<FailureClass, ClassText>>;

const byName = new Map<string, ClassText>(Object.entries(classTexts));

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
