/** Random values that are the same for the same seed, so that no secret-looking literal stands in the repository. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  readonly number: (below: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** `length` characters of an alphabet. */
  readonly text: (alphabet: string, length: number) => string;
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';

export const alphabets = {
  digits,
  lower,
  hex: `${digits}abcdef`,
  upper: `${lower.toUpperCase()}${digits}`,
  base32: `${lower.toUpperCase()}234567`,
  lowerDigits: `${lower}${digits}`,
  alnum: `${lower}${lower.toUpperCase()}${digits}`,
  base64: `${lower}${lower.toUpperCase()}${digits}+/`,
  base64url: `${lower}${lower.toUpperCase()}${digits}-_`,
  bech32: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
  pod: 'bcdfghjklmnpqrstvwxz2456789',
} as const;

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  const number = (below: number): number => Math.floor(next() * below);
  return {
    number,
    pick: (items) => items[number(items.length)] as (typeof items)[number],
    text: (alphabet, length) =>
      Array.from({ length }, () => alphabet.charAt(number(alphabet.length))).join(''),
  };
}

const syllables =
  'ba be bi bo da de di do fa fi fo ga go ka ki ko la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se so ta te ti to va vi'.split(
    ' ',
  );

/** A word that no dictionary has, as people choose them for passwords. */
export function inventedWord(random: Random, parts = 3): string {
  return Array.from({ length: parts }, () => random.pick(syllables)).join('');
}

/** A password as a person chooses one: a word, some digits, a sign. */
export function chosenPassword(random: Random): string {
  const word = inventedWord(random);
  const shapes = [
    `${word}${random.number(9000) + 1000}`,
    `${word.charAt(0).toUpperCase()}${word.slice(1)}${random.number(90) + 10}!`,
    `${word}_${inventedWord(random, 2)}#${random.number(90) + 10}`,
    `${random.text(alphabets.alnum, 14)}`,
    `${random.text(alphabets.alnum, 6)}@${random.text(alphabets.alnum, 5)}`,
    `${word}-${random.text(alphabets.alnum, 8)}`,
  ];
  return random.pick(shapes);
}

/** A UUID of version 4. */
export function uuid(random: Random): string {
  const hex = (length: number): string => random.text(alphabets.hex, length);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

/** A string in base64. */
export function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}
