import type { StorageFacts } from '../../domain/surroundings.ts';
import { amountWords, listWords } from './amounts.ts';
import { code } from './markdown.ts';

const MAX_LISTED = 5;

/** The claims, and what is behind each. */
export function volumeLines(storage: StorageFacts): readonly string[] {
  return storage.claims
    .slice(0, MAX_LISTED)
    .flatMap((claim) => [claimLine(claim, storage), ...volumeLine(claim, storage)]);
}

type Claim = StorageFacts['claims'][number];

function claimLine(claim: Claim, storage: StorageFacts): string {
  const { name, phase, requested, accessModes, usedBy } = claim;
  if (phase === 'NotFound') return `**Claim** ${code(name)}: does not exist${userWords(usedBy, 'wanted')}`;
  const wants = [requested, ...accessModes].filter((part) => part !== undefined).join(' ');
  const parts = [code(phase), ...(wants === '' ? [] : [`wants ${code(wants)}`]), classWords(claim, storage)];
  return `**Claim** ${code(name)}: ${parts.join(', ')}${userWords(usedBy)}`;
}

function userWords(usedBy: readonly string[] = [], how = 'mounted'): string {
  return usedBy.length === 0 ? '' : `; ${how} by ${listWords(usedBy, MAX_LISTED)}`;
}

function classWords({ storageClass }: Claim, { classes }: StorageFacts): string {
  if (storageClass === undefined || storageClass === '') return 'without a storage class';
  const known = classes.find(({ name }) => name === storageClass);
  if (known === undefined) return `class ${code(storageClass)}`;
  if (known.provisioner === undefined) return `class ${code(storageClass)}, which does not exist`;
  const { provisioner, volumeBindingMode } = known;
  const how = [provisioner, volumeBindingMode].filter((part) => part !== undefined).map((part) => code(part));
  return `class ${code(storageClass)} (${how.join(', ')})`;
}

function volumeLine({ volumeName }: Claim, { volumes, attachments }: StorageFacts): readonly string[] {
  if (volumeName === undefined) return [];
  const volume = volumes.find(({ name }) => name === volumeName);
  const held = attachments.filter((one) => one.volume === volumeName);
  const parts = [
    ...(volume === undefined ? [] : aboutVolume(volume)),
    held.length === 0
      ? 'no attachment is known'
      : `attached to ${held.slice(0, MAX_LISTED).map(attachmentWords).join(', ')}`,
  ];
  return [`**Volume** ${code(volumeName)}: ${parts.join(', ')}`];
}

function aboutVolume(volume: StorageFacts['volumes'][number]): readonly string[] {
  const { phase, driver, handle, nodeAffinity, message } = volume;
  const at = amountWords({
    ...(driver === undefined ? {} : { driver }),
    ...(handle === undefined ? {} : { handle }),
  });
  return [
    code(phase),
    ...(at === '' ? [] : [code(at)]),
    ...(nodeAffinity.length === 0 ? [] : [`reached from nodes with ${listWords(nodeAffinity, MAX_LISTED)}`]),
    ...(message === undefined ? [] : [code(message)]),
  ];
}

function attachmentWords({ node, attached, error }: StorageFacts['attachments'][number]): string {
  const state = attached ? '' : ' (not yet)';
  return `${code(node)}${state}${error === undefined ? '' : `: ${code(error)}`}`;
}
