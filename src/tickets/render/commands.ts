import { shellWord } from './markdown.ts';
import type { Story } from './story.ts';

/** Kinds that `kubectl rollout` knows. */
const rolloutKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** What an engineer would type next, most useful first. Copied as it stands, so every word is quoted where needed. */
export function commands(story: Story): readonly string[] {
  const { owner, pod, rollout } = story.environment;
  const scope = owner.namespace === '' ? 'kubectl' : `kubectl -n ${shellWord(owner.namespace)}`;
  const target = shellWord(`${owner.kind.toLowerCase()}/${owner.name}`);
  const lines: string[] = [];
  if (pod !== undefined) lines.push(...podCommands(story, scope, pod.name));
  if (owner.kind !== 'Pod') lines.push(`${scope} describe ${target}`);
  if (rolloutKinds.has(owner.kind)) {
    lines.push(`${scope} rollout history ${target}`);
    if (rollout?.previousRevision !== undefined && story.trigger !== 'manual') {
      lines.push(`${scope} rollout undo ${target} --to-revision=${shellWord(rollout.previousRevision)}`);
    }
  }
  return lines;
}

function podCommands({ environment, container }: Story, scope: string, pod: string): readonly string[] {
  const failing = environment.containers.find((entry) => entry.name === container);
  const lines = [`${scope} describe pod ${shellWord(pod)}`];
  if (failing === undefined) return lines;
  const previous = failing.restartCount > 0 ? ' --previous' : '';
  return [`${scope} logs ${shellWord(pod)} -c ${shellWord(failing.name)}${previous}`, ...lines];
}
