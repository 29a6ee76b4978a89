/** Suffix that Kubernetes makes for names (`k8s.io/apimachinery/pkg/util/rand`: no vowels, and no digit that looks like a letter). */
const GENERATED = /\b([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;
/** Of a StatefulSet's pod, and of its claims. */
const ORDINAL = /\b([a-z][a-z0-9-]*)-\d{1,4}\b/g;
/** Times, addresses, hashes, ids and amounts. */
const VARYING = /\b(?:[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|0x[0-9a-f]+|\d[\d.:,TZ-]*)\b/gi;

/**
 * What stays of a text without what differs from one object or moment to the next: generated names, ordinals, ids and numbers. Two texts
 * of one shape say the same thing about two objects.
 */
export function shapeOf(text: string): string {
  return text
    .replace(GENERATED, '$1-*')
    .replace(ORDINAL, '$1-*')
    .replace(VARYING, '#')
    .replace(/\s+/g, ' ')
    .trim();
}
