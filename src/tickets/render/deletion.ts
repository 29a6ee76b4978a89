import type { Environment, OwnerFacts } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { sayTime } from '../../lib/text.ts';
import { code, listWords } from './markdown.ts';
import { timeOf } from './times.ts';

const MAX_LISTED = 5;

/** Since when an object is to go, who has to let go of it, and what a namespace says is left in it. */
export function deletionLines({ owner, pod, incident }: Environment): readonly string[] {
  if (!tells(incident.class, 'deletion')) return [];
  const subject = pod?.deletionRequestedAt === undefined ? owner : pod;
  const askedAt = timeOf(subject.deletionRequestedAt);
  const parts = [
    ...(askedAt === undefined ? [] : [`asked for at ${sayTime(askedAt)}`]),
    subject.finalizers === undefined
      ? 'no finalizers of its own'
      : `held by ${listWords(subject.finalizers, MAX_LISTED)}`,
  ];
  return [`**Deletion**: ${parts.join(', ')}`, ...remainders(owner)];
}

function remainders({ kind, conditions }: OwnerFacts): readonly string[] {
  if (kind !== 'Namespace') return [];
  return conditions
    .filter(({ status, message }) => status === 'True' && message !== undefined)
    .map(({ message }) => `**Left**: ${code(message ?? '')}`);
}
