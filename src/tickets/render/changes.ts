import type { RolloutFacts } from '../../domain/environment.ts';
import { code } from './markdown.ts';

type ContainerChange = RolloutFacts['changes'][number];

/** What a rollout changed, a phrase for each difference. */
export function changeWords(rollout: RolloutFacts): readonly string[] {
  return rollout.changes.flatMap(containerWords).slice(0, 6);
}

function containerWords(change: ContainerChange): readonly string[] {
  const words: string[] = [];
  const fields = [
    ['image', change.image],
    ['command', change.command],
    ['resources', change.resources],
    ['probes', change.probes],
  ] as const;
  for (const [name, difference] of fields) {
    if (difference !== undefined)
      words.push(`${name} of ${code(change.container)} ${code(difference.from)} → ${code(difference.to)}`);
  }
  const { environment } = change;
  if (environment === undefined) return words;
  const names = [
    ['added', environment.added],
    ['removed', environment.removed],
    ['changed', environment.changed],
  ] as const;
  for (const [how, list] of names) {
    if (list.length > 0) words.push(`variables ${how}: ${list.slice(0, 8).map(code).join(', ')}`);
  }
  return words;
}
