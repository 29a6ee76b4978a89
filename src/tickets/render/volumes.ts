import type { StorageFacts } from '../../domain/environment-facts.ts';
import { amountWords, code, listWords } from './markdown.ts';

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
  return `**Claim** ${code(name)}: ${parts.join(', ')}${userWords(usedBy, phase === 'Bound' ? 'mounted' : 'wanted')}`;
}

function userWords(usedBy: readonly string[] = [], how: string): string {
  return usedBy.length === 0 ? '' : `; ${how} by ${listWords(usedBy, MAX_LISTED)}`;
}

function classWords({ storageClass, phase }: Claim, { classes }: StorageFacts): string {
  if (storageClass === undefined || storageClass === '') return 'without a storage class';
  const known = classes.find(({ name }) => name === storageClass);
  // A claim that is bound needs its class no more: those of volumes made by hand are often nothing but a name.
  if (known === undefined || (known.provisioner === undefined && phase === 'Bound'))
    return `class ${code(storageClass)}`;
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
    ...attachedWords(held, volume?.driver),
  ];
  return [`**Volume** ${code(volumeName)}: ${parts.join(', ')}`];
}

/** Drivers of CSI are named like hosts; other volumes are not attached to a node. */
function attachedWords(held: StorageFacts['attachments'], driver: string | undefined): readonly string[] {
  if (held.length > 0) return [`attached to ${held.slice(0, MAX_LISTED).map(attachmentWords).join(', ')}`];
  return driver?.includes('.') === true ? ['attached to no node that is known'] : [];
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
