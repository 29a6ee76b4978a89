import type { ContainerFacts, Environment } from '../../../domain/environment.ts';
import { shellWord } from '../markdown.ts';
import type { ShellNames } from '../names.ts';
import type { Story } from '../story.ts';

/** What a hint is made from. */
export interface HintInput {
  readonly environment: Environment;
  /** The container that fails, if it is one. */
  readonly container: ContainerFacts | undefined;
  /** What the failure says of itself: its reason, its message, and that of the container. */
  readonly words: string;
  /** What the newest warnings say. */
  readonly reports: string;
}

/** A sentence or two of ours on where to look first; undefined where there is nothing to say beyond the facts. */
export type Hint = (input: HintInput) => string | undefined;

/** What to read next, as commands for the shell. */
export type Commands = (names: ShellNames, story: Story) => readonly string[];

/** What the tickets of one class of failure say that others do not. */
export interface ClassText {
  readonly hint?: Hint;
  readonly commands?: Commands;
}

/** Claims, labels and pull secrets that are asked for by name. */
export const MAX_NAMED = 3;

/** A sentence of ours for words of others. */
export type Row = readonly [RegExp, string];

/** The first row whose pattern matches the failure's own words, else in those of the warnings. */
export function firstMatch(
  rows: readonly Row[],
  { words, reports }: Pick<HintInput, 'words' | 'reports'>,
): string | undefined {
  const find = (text: string): string | undefined => rows.find(([pattern]) => pattern.test(text))?.[1];
  return find(words) ?? find(reports);
}

/** Sentences together, each once; undefined for none. */
export function together(sentences: readonly (string | undefined)[]): string | undefined {
  const said = [...new Set(sentences.filter((sentence) => sentence !== undefined && sentence !== ''))];
  return said.length === 0 ? undefined : said.join(' ');
}

/** Describes the node of the pod. */
export const describeNode: Commands = ({ node }) => (node === undefined ? [] : [`kubectl describe ${node}`]);

/** The node and its pods: is only this pod failing there? */
export const nodeAndPods: Commands = (names, story) => [
  ...describeNode(names, story),
  ...(names.nodeName === undefined
    ? []
    : [`kubectl get pods -A -o wide --field-selector ${shellWord(`spec.nodeName=${names.nodeName}`)}`]),
];
