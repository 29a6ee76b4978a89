import { createHash } from 'node:crypto';

/**
 * SHA-256 of named parts, in hexadecimal. Each part carries its name and length-safe encoding (JSON), so that
 * `{ namespace: 'a', name: 'bc' }` and `{ namespace: 'ab', name: 'c' }` cannot collide.
 */
export function hashParts(parts: Readonly<Record<string, string>>): string {
  const entries = Object.entries(parts).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
