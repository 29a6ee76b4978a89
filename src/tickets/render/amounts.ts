import { code } from './markdown.ts';

/** `cpu=100m, memory=64Mi` */
export function amountWords(quantities: Readonly<Record<string, string>>): string {
  return Object.entries(quantities)
    .map(([name, amount]) => `${name}=${amount}`)
    .join(', ');
}

/** The first few as code spans, and how many more there are. */
export function listWords(texts: readonly string[], most: number): string {
  const more = texts.length > most ? ` and ${texts.length - most} more` : '';
  return `${texts
    .slice(0, most)
    .map((text) => code(text))
    .join(', ')}${more}`;
}
