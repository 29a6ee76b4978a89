/** Which characters follow a prefix. */
export type Alphabet =
  'alnum' | 'hex' | 'upper' | 'word' | 'dotted' | 'base64' | 'dashed' | 'link' | 'dollar';

/** One documented token format that begins with a fixed prefix. */
export interface VendorRow {
  /** Who issues it. */
  readonly vendor: string;
  /** As it appears in the marker. */
  readonly rule: string;
  readonly prefixes: readonly string[];
  readonly alphabet: Alphabet;
  /** Fewest characters after the prefix. Prefixes that nothing else uses ask for fewer than the vendor issues. */
  readonly min: number;
  /** Most characters after the prefix; given where the prefix alone is too weak to tell. */
  readonly max?: number;
}

/** Makes a row; `size` is the fewest characters after the prefix, or the fewest and the most. */
export function vendorRow(
  vendor: string,
  prefixes: string,
  alphabet: Alphabet,
  size: number | readonly [number, number],
): VendorRow {
  const rule = `${vendor.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-token`;
  const [min, max] = typeof size === 'number' ? [size, undefined] : size;
  return {
    vendor,
    rule,
    prefixes: prefixes.split(' '),
    alphabet,
    min,
    ...(max === undefined ? {} : { max }),
  };
}
