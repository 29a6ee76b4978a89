import { inspect } from 'node:util';

/** So many characters of a secret in a row are a leak: enough that they never occur by chance. */
const TELLING = 8;
const DIGITS = '0123456789';
const LETTERS = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ';
const HEX = '0123456789abcdef';

/** Generated secrets, and the search for them. */
export interface Canaries {
  /** A password as people choose them for machines. */
  readonly password: (where: string) => string;
  /** A token without any format. */
  readonly opaque: (where: string) => string;
  readonly hex: (where: string, length?: number) => string;
  readonly jwt: (where: string) => string;
  /** A vendor's token: fixed prefix, random rest. */
  readonly vendor: (where: string, prefix: string, length: number) => string;
  /** A value that was made elsewhere. */
  readonly add: (where: string, value: string) => string;
  /** Places of the canaries of which a telling part stands in the text, plain, base64 or percent-encoded. */
  readonly foundIn: (text: string) => readonly string[];
}

/** A cage of canaries; the same seed gives the same ones. */
export function createCanaries(seed: number): Canaries {
  const random = mulberry(seed);
  const parts = new Map<string, Set<string>>();
  const pick = (alphabet: string): string => alphabet.charAt(Math.floor(random() * alphabet.length));
  const word = (alphabet: string, length: number): string =>
    Array.from({ length }, () => pick(alphabet)).join('');

  function add(where: string, value: string, secret = value): string {
    const known = parts.get(where) ?? new Set();
    for (const form of [secret, encodeURIComponent(secret), ...base64Cores(secret)]) {
      for (let at = 0; at + TELLING <= form.length; at += 1) known.add(form.slice(at, at + TELLING));
    }
    parts.set(where, known);
    return value;
  }

  const mixed = (length: number): string =>
    Array.from({ length }, (_, at) => pick(at % 4 === 3 ? DIGITS : LETTERS)).join('');
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    add: (where, value) => add(where, value),
    password: (where) => add(where, `${mixed(12)}!${mixed(7)}`),
    opaque: (where) => add(where, mixed(40)),
    hex: (where, length = 40) => add(where, word(HEX, length)),
    vendor: (where, prefix, length) => {
      const secret = mixed(length);
      return add(where, prefix + secret, secret);
    },
    jwt: (where) => {
      const signature = mixed(43);
      const claims = segment({ sub: mixed(16), iat: 1_763_866_000 });
      return add(where, `${segment({ alg: 'RS256', kid: 'k1' })}.${claims}.${signature}`, signature);
    },
    foundIn: (text) =>
      [...parts]
        .filter(([, known]) => [...known].some((part) => text.includes(part)))
        .map(([where]) => where),
  };
}

/** What stays the same of the base64 of a value, whatever stands before and behind it. */
function base64Cores(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const whole = Math.floor((bytes.length * 8) / 6);
    return bytes.toString('base64').slice(before === 0 ? 0 : before + 1, whole);
  });
}

/** A small generator of numbers in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Everything that a value shows to somebody who prints it, hidden fields of errors included. */
export function printed(value: unknown): string {
  const shown = inspect(value, { depth: 12, showHidden: true, maxStringLength: Infinity });
  const texts = value instanceof Error ? [value.message, value.stack ?? '', String(value)] : [];
  return [shown, JSON.stringify(value) ?? '', ...texts].join('\n');
}

/** Which canary stands where: names alone, never their values. */
export function leaks(canaries: Canaries, seen: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(seen).flatMap(([place, text]) =>
    canaries.foundIn(text).map((where) => `${where} in ${place}`),
  );
}
