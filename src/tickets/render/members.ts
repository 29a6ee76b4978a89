import type { Environment } from '../../domain/environment.ts';
import { sayTime } from '../../lib/text.ts';
import { code, listWords } from './markdown.ts';
import { type Story, timeOf } from './story.ts';

type Members = NonNullable<Environment['incident']['members']>;
type Owner = Members['owners'][number];

/** Owners that are named in one line; the rest is a number. */
const MAX_NAMES = 12;

/** The owners that fail for the same cause, in at most `most` lines: those of one namespace that fail alike are one line. */
export function memberSections({ trigger, environment }: Story, most: number): readonly string[] {
  const { members } = environment.incident;
  if (members === undefined) return [];
  const heading = trigger === 'storm' ? 'What fails' : 'What fails with it';
  return [`### ${heading}\n\n${memberLines(members, most).join('\n')}`];
}

function memberLines({ count, owners }: Members, most: number): readonly string[] {
  const groups = Map.groupBy(owners, (owner) => JSON.stringify([owner.namespace, owner.class, owner.reason]));
  const bySize = [...groups.values()].toSorted((left, right) => right.length - left.length);
  const told = bySize.slice(0, most);
  const left = count - told.reduce((sum, group) => sum + group.length, 0);
  const lines = told.map((group) => `- ${groupLine(group)}`);
  return left > 0 ? [...lines, `- and ${left} more`] : lines;
}

function groupLine(group: readonly Owner[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const where = first.namespace === '' ? '' : ` in ${code(first.namespace)}`;
  const names = listWords(
    group.map(({ kind, name }) => `${kind}/${name}`),
    MAX_NAMES,
  );
  return `${group.length}${where}, ${code(first.class)}, ${code(first.reason)}${since(group)}: ${names}`;
}

function since(group: readonly Owner[]): string {
  const times = group.flatMap((owner) => timeOf(owner.since) ?? []);
  return times.length === 0 ? '' : `, since ${sayTime(Math.min(...times))}`;
}
