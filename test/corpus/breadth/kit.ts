import { alphabets, chosenPassword, inventedWord, type Random } from '../random.ts';
import type { SecretSample } from '../secrets.ts';

/** A text of one format and the secrets in it. */
export type Make = (random: Random) => readonly [text: string, ...secrets: string[]];

/** Formats by name. */
export type Batch = Readonly<Record<string, Make>>;

/** One ordinary line of one kind of program. */
export type Line = (random: Random) => string;

const specials = '!#%*+-_.~^@';

/** A password as people and generators make them: words, words with digits, random with signs. */
function anyPassword(random: Random): string {
  const word = inventedWord(random);
  const shapes = [
    chosenPassword(random),
    chosenPassword(random),
    random.text(alphabets.alnum, 16),
    random.text(`${alphabets.alnum}${specials}`, 20),
    `${word}${specials.charAt(random.number(specials.length))}${random.number(900) + 100}`,
    word + inventedWord(random, 2),
  ];
  return random.pick(shapes);
}

/** A format whose secret is a password. */
export const password =
  (frame: (secret: string, random: Random) => string): Make =>
  (random) => {
    const secret = anyPassword(random);
    return [frame(secret, random), secret];
  };

/** A format whose secret is made of one alphabet; a prefix counts as part of it. */
export const token =
  (alphabet: string, length: number, frame: (secret: string, random: Random) => string, prefix = ''): Make =>
  (random) => {
    const secret = prefix + random.text(alphabet, length);
    return [frame(secret, random), secret];
  };

/** `rounds` samples of every format, with the encoded form of a secret where only that stands in the text. */
export function samplesOf(batch: Batch, random: Random, rounds = 2): SecretSample[] {
  return Object.entries(batch).flatMap(([format, make]) =>
    Array.from({ length: rounds }, () => {
      const [text, ...secrets] = make(random);
      const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
      return { format, text, secrets: [...new Set(forms)].filter((form) => text.includes(form)) };
    }),
  );
}

/** `count` lines, each kind in turn. */
export function linesOf(kinds: readonly Line[], random: Random, count: number): string[] {
  return Array.from({ length: count }, (_, at) => (kinds[at % kinds.length] as Line)(random));
}
