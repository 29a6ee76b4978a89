/** Returns an equal string, the same instance for equal arguments as long as it is remembered. */
export type Intern = (text: string) => string;

/** Namespaces, nodes, owners, images and reasons of a very large cluster fit; one entry costs about 100 bytes. */
const MAX_STRINGS = 50_000;

/**
 * Makes equal strings share their memory: thousands of pods name the same few namespaces, nodes and images. Remembers at most
 * `maxStrings`: those that were not asked for again while half as many others came are forgotten, which costs sharing but never
 * correctness.
 */
export function createInterner(maxStrings = MAX_STRINGS): Intern {
  const halfFull = Math.max(1, Math.floor(maxStrings / 2));
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  return (text) => {
    const same = young.get(text);
    if (same !== undefined) return same;
    const found = old.get(text) ?? text;
    if (young.size >= halfFull) [young, old] = [new Map(), young];
    young.set(found, found);
    return found;
  };
}
