import { readFileSync } from 'node:fs';
import { alphabets, type Random } from '../random.ts';
import type { SecretSample } from '../secrets.ts';

/** Eleventh corpus: formats of logs, configurations, commands and dumps, and lines that look dangerous and are not. */

interface Template {
  readonly format: string;
  /** With `{secret}` where the secret stands. */
  readonly text: string;
  /** As it is, or a prefix and `{mix:…}`, `{hex:…}` or `{HEX:…}`, whose letters and digits are drawn anew. */
  readonly secret: string;
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

const templates = JSON.parse(read('eleventh-secrets.json')) as readonly Template[];

const upper = alphabets.lower.toUpperCase();
const kinds: Readonly<Record<string, (sign: string) => string>> = {
  hex: (sign) => (sign === 'x' ? alphabets.hex : ''),
  HEX: (sign) => (sign === 'x' ? alphabets.hex.toUpperCase() : ''),
  mix: (sign) => ({ a: alphabets.lower, A: upper, 9: alphabets.digits })[sign] ?? '',
};

function drawn(secret: string, random: Random): string {
  return secret.replace(/\{(mix|hex|HEX):(.*)\}$/s, (_all, kind: string, signs: string) =>
    Array.from(signs, (sign) => {
      const alphabet = kinds[kind]?.(sign) ?? '';
      return alphabet === '' ? sign : random.text(alphabet, 1);
    }).join(''),
  );
}

/** One sample of every format. */
export function eleventhSecrets(random: Random): SecretSample[] {
  return templates.map(({ format, text, secret }) => {
    const value = drawn(secret, random);
    return { format, text: text.replace('{secret}', () => value), secrets: [value] };
  });
}

/** Lines without secrets. */
export const eleventhLines: readonly string[] = read('eleventh-lines.txt').trimEnd().split('\n');
