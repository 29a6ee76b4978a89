import type { SharedCause } from '../domain/failure.ts';

/** What the kubelet and the scheduler say of an object that is not there, or of a key in it: the name is in the first or second group. */
const missing: readonly { readonly kind: SharedCause['kind']; readonly pattern: RegExp }[] = [
  { kind: 'Secret', pattern: /\bsecret "([^"]+)" not found|\bkey \S+ in Secret [^/\s]+\/([^\s,;]+)/i },
  {
    kind: 'ConfigMap',
    pattern: /\bconfigmap "([^"]+)" not found|\bkey \S+ in ConfigMap [^/\s]+\/([^\s,;]+)/i,
  },
  {
    kind: 'PersistentVolumeClaim',
    pattern:
      /\bpersistentvolumeclaims? "([^"]+)"(?: is)? (?:not found|not bound|bound to non-existent|being deleted)/i,
  },
  { kind: 'PersistentVolume', pattern: /\bfor volume "(pvc-[^"]+)"/i },
];

/** The Secret, ConfigMap, claim or volume that a message blames, if it names one. */
export function missingObject(text: string | undefined): SharedCause | undefined {
  for (const { kind, pattern } of missing) {
    const found = pattern.exec(text ?? '');
    const name = found?.[1] ?? found?.[2];
    if (name !== undefined) return { kind, name };
  }
  return undefined;
}

/** Where an image without a host in its name comes from. */
const DEFAULT_REGISTRY = 'docker.io';

/** The registry of an image: the part before the first slash where it can be a host, as the container runtimes read it. */
export function registryOf(image: string): SharedCause {
  const first = image.includes('/') ? image.slice(0, image.indexOf('/')) : '';
  const isHost = /[.:]/.test(first) || first === 'localhost';
  return { kind: 'Registry', name: isHost ? first : DEFAULT_REGISTRY };
}
