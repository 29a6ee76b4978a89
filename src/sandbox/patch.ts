import { isFields } from './api-types.ts';

/**
 * JSON merge patch (RFC 7396): objects are merged field by field, `null` removes, everything else replaces.
 *
 * Strategic merge patches are applied the same way. A real API server differs for lists with a merge key
 * (containers, conditions, tolerations …), which it merges by that key, and for `$patch` directives.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}
