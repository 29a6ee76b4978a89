import { readdirSync, readFileSync } from 'node:fs';
import { alphabets, chosenPassword, createRandom, inventedWord, uuid, type Random } from './random.ts';

/**
 * Corpora by kind of leak (`kinds/*.txt`), one text a line. `⏎` is a line end, `‹pw›` a secret that is drawn anew, `‹=›` the
 * same once more, `‹pw|url›` one that stands in the text in that encoding; `‹pub:40›` is drawn, too, and no secret. Behind ` ※ `
 * stands where the form was found.
 */
export interface KindSample {
  /** The corpus, and the line in it. */
  readonly format: string;
  readonly text: string;
  /** As they stand in the text. */
  readonly secrets: readonly string[];
}

const { alnum, base64, base64url, bech32, digits, hex, lower, lowerDigits, upper } = alphabets;
const specials = '!#*+-_.~^@';

function password(random: Random): string {
  const word = inventedWord(random);
  return random.pick([
    chosenPassword(random),
    chosenPassword(random),
    random.text(alnum, 16),
    `${random.text(alnum, 8)}${specials.charAt(random.number(specials.length))}${random.text(alnum, 8)}`,
    `${word}${specials.charAt(random.number(specials.length))}${random.number(900) + 100}`,
  ]);
}

const seasons = 'Winter Summer Monday Dragon Berlin Falcon Purple Coffee'.split(' ');

/** As people choose them who are asked for a digit and a sign. */
function humanPassword(random: Random): string {
  const word = random.pick(seasons);
  const number = random.number(900) + 100;
  return random.pick([
    `${word}20${random.number(30) + 10}!`,
    `${word.toLowerCase()}${number}`,
    `${word.replace(/[oa]/g, (letter) => (letter === 'o' ? '0' : '@'))}${number}!`,
    `${word.toLowerCase()}-${random.pick(seasons).toLowerCase()}-${number}`,
    `${inventedWord(random, 2)}${word}${random.number(90) + 10}$`,
  ]);
}

const letters: Readonly<Record<string, string>> = {
  mix: alnum,
  b64: base64,
  b64u: base64url,
  bech: bech32,
  dig: digits,
  hex,
  pub: hex,
  HEX: hex.toUpperCase(),
  alpha: `${lower}${lower.toUpperCase()}`,
  low: lowerDigits,
  up: upper,
};

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => inventedWord(random, 2)).join(' ');
}

function draw(kind: string, length: number, random: Random): string {
  if (kind === 'pw') return password(random);
  if (kind === 'human') return humanPassword(random);
  if (kind === 'strong') return `${random.text(alnum, 7)}#${random.text(alnum, 6)}!`;
  // The signs that end values elsewhere, within one
  if (kind === 'odd')
    return `m${random.text(alnum, 3)}{o)p$${random.text(alnum, 3)}]n(${random.text(alnum, 3)}[f>-_$#${random.text(alnum, 4)}`;
  if (kind === 'phrase') return `${words(random, 3)} ${random.number(90) + 10}`;
  if (kind === 'words') return words(random, length);
  if (kind === 'uuid') return uuid(random);
  const alphabet = letters[kind];
  if (alphabet === undefined) throw new Error(`nothing draws ${kind}`);
  return random.text(alphabet, length);
}

const encodings: Readonly<Record<string, (text: string) => string>> = {
  '': (text) => text,
  url: encodeURIComponent,
  b64: (text) => Buffer.from(text).toString('base64'),
};

/** Draws the secrets of one template. */
export function drawTemplate(template: string, format: string, random: Random): KindSample {
  const drawn: string[] = [];
  const secrets: string[] = [];
  const text = template.replaceAll('⏎', '\n').replace(/‹([^›]+)›/g, (_all, inner: string) => {
    const [spec = '', encoding = ''] = inner.split('|');
    const [kind = '', length = '16'] = spec.split(':');
    const value = kind === '=' ? (drawn[0] ?? '') : draw(kind, Number(length), random);
    drawn.push(value);
    const written = encodings[encoding]?.(value) ?? value;
    if (kind !== 'pub') secrets.push(written);
    return written;
  });
  return { format, text, secrets };
}

/** All texts of a file of templates; the same for the same seed. */
export function readTemplates(name: string, seed: number): KindSample[] {
  const random = createRandom(seed);
  const lines = readFileSync(new URL(name, import.meta.url), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line, at) =>
      drawTemplate(line.replace(/ ※ .*$/, ''), `${name.replace(/^.*\/|\.txt$/g, '')}:${at + 1}`, random),
    );
}

/** The corpora by their names. */
export function kindCorpora(seed = 1414): ReadonlyMap<string, readonly KindSample[]> {
  const names = readdirSync(new URL('kinds/', import.meta.url)).sort();
  return new Map(
    names.map((name) => [name.replace('.txt', ''), readTemplates(`kinds/${name}`, seed)] as const),
  );
}

/** Whether a secret, or the first or last half of one, is left in a text. */
export function isLeft(secret: string, text: string): boolean {
  if (text.includes(secret)) return true;
  const half = Math.ceil(secret.length / 2);
  return half >= 5 && [secret.slice(0, half), secret.slice(-half)].some((part) => text.includes(part));
}
