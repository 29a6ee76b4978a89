/** Returns an equal string, the same instance for equal arguments as long as it is remembered. */
export type Intern = (text: string) => string;

/** Namespaces, nodes, owners, images and reasons of a very large cluster fit; one entry costs about 100 bytes. */
const MAX_STRINGS = 50_000;

/**
 * Makes equal strings share their memory: thousands of pods name the same few namespaces, nodes and images. Forgets everything when
 * `maxStrings` are known, which costs sharing but never correctness.
 */
export function createInterner(maxStrings = MAX_STRINGS): Intern {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    if (known.size >= maxStrings) known.clear();
    known.set(text, text);
    return text;
  };
}
