import type { ContainerFacts, Environment } from '../../../domain/environment.ts';

/** What a hint is made from. */
export interface Asked {
  readonly environment: Environment;
  /** The container that fails, if it is one. */
  readonly container: ContainerFacts | undefined;
  /** What the failure says of itself: its reason, its message, and that of the container. */
  readonly words: string;
  /** What the newest warnings say. */
  readonly reports: string;
}

/** A sentence or two of ours on where to look first; undefined where there is nothing to say beyond the facts. */
export type Hint = (asked: Asked) => string | undefined;

/** A sentence of ours for words of others. */
export type Row = readonly [RegExp, string];

/** The first row whose pattern stands in the failure's own words, else in those of the warnings. */
export function firstMatch(
  rows: readonly Row[],
  { words, reports }: Pick<Asked, 'words' | 'reports'>,
): string | undefined {
  const find = (text: string): string | undefined => rows.find(([pattern]) => pattern.test(text))?.[1];
  return find(words) ?? find(reports);
}

/** Sentences together, each once; undefined for none. */
export function together(sentences: readonly (string | undefined)[]): string | undefined {
  const said = [...new Set(sentences.filter((sentence) => sentence !== undefined && sentence !== ''))];
  return said.length === 0 ? undefined : said.join(' ');
}
