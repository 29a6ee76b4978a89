import { errorLine } from '../lib/telling-line.ts';
import { sayDuration, sayTime, shapeOf } from '../lib/text.ts';
import { MINUTE } from '../domain/clock.ts';

/** What is known of an owner that fails together with others. Redacted already. */
export interface CommonMember {
  readonly owner: { readonly namespace: string };
  readonly since: number;
  /** What its most causal signal says. */
  readonly message?: string;
  /** The node of the pod that shows it. */
  readonly node?: string;
  /** When the revision was made that this pod is of, where it is known. */
  readonly revisedAt?: number;
}

/** Something that several of them have in common. */
export interface InCommon {
  readonly what: 'log' | 'message' | 'registry' | 'node' | 'namespace' | 'revision' | 'time';
  readonly value: string;
  /** Of how many it is so: of `log` and `revision` all that were looked at. */
  readonly count: number;
}

/** Whether so many of all are worth a word. */
const LEAST = 2;
const LEAST_SHARE = 0.3;
/** What begins within so short a time has begun together. */
const TOGETHER_MS = 5 * MINUTE;
/** What a pipeline rolls out in one go. */
const ROLLED_OUT_MS = 10 * MINUTE;
/** What was rolled out longer before it failed was the same release, and is no reason. */
const RECENT_MS = 60 * MINUTE;

/** What members of a storm have in common, as far as their signals tell: the same words, registry, node, namespace, revision, or moment. */
export function inCommon(members: readonly CommonMember[]): InCommon[] {
  return [
    ...mostFrequent(
      members,
      'message',
      ({ message }) => (message === undefined ? undefined : sayingOf(message)),
      shapeOf,
    ),
    ...mostFrequent(members, 'registry', ({ message = '' }) => registryIn(message)),
    ...mostFrequent(members, 'node', ({ node }) => node),
    ...mostFrequent(members, 'namespace', ({ owner }) => owner.namespace),
    ...revised(members),
    ...together(members),
  ];
}

/**
 * The line of each log that tells of an error, where all have one and say the same but for numbers, times and made-up names. Redacted
 * already: lines that differ in a secret alone are the same then.
 */
export function logsInCommon(logs: readonly (readonly string[])[]): InCommon | undefined {
  const written = logs.filter((log) => log.some((line) => line.trim() !== ''));
  const lines = written.flatMap((log) => errorLine(log)?.trim() ?? []);
  const isSaid = lines.length >= LEAST && lines.length === written.length;
  if (!isSaid || new Set(lines.map(shapeOf)).size > 1) return undefined;
  return { what: 'log', value: sharedWords(lines), count: lines.length };
}

/** `sameAs` tells what counts as the same: the value itself where it is a name. */
function mostFrequent(
  members: readonly CommonMember[],
  what: InCommon['what'],
  valueOf: (member: CommonMember) => string | undefined,
  sameAs: (value: string) => string = (value) => value,
): InCommon[] {
  const known = members.flatMap((member) => valueOf(member) ?? []).filter((value) => value !== '');
  const groups = Map.groupBy(known, sameAs);
  const [largest = []] = [...groups.values()].toSorted((left, right) => right.length - left.length);
  const isMuch = largest.length >= LEAST && largest.length >= LEAST_SHARE * members.length;
  return isMuch ? [{ what, value: sharedWords(largest), count: largest.length }] : [];
}

/** The words that all have, and `…` for what differs: `exits with code … (Error)`. */
function sharedWords(texts: readonly string[]): string {
  const [first = [], ...others] = [...new Set(texts)].map((text) => text.split(' '));
  if (others.some(({ length }) => length !== first.length)) return sharedEnds(first, others);
  const words = first.map((word, at) => (others.every((other) => other[at] === word) ? word : '…'));
  return words.filter((word, at) => word !== '…' || words[at - 1] !== '…').join(' ');
}

/** The words that all begin and end with. */
function sharedEnds(first: readonly string[], others: readonly (readonly string[])[]): string {
  const isShared = (word: string, at: number): boolean => others.every((words) => words.at(at) === word);
  const head = first.findIndex((word, at) => !isShared(word, at));
  const begin = first.slice(0, head === -1 ? first.length : head);
  const shortest = Math.min(first.length, ...others.map((words) => words.length)) - begin.length;
  const end: string[] = [];
  for (let at = -1; -at <= shortest && isShared(first.at(at) ?? '', at); at -= 1)
    end.unshift(first.at(at) ?? '');
  return [...begin, '…', ...end].join(' ');
}

/** Without the name of the container and of the image, which differ although the failure is one. */
function sayingOf(message: string): string {
  return message
    .replace(/^((?:init |debug )?container|sidecar) \S+ /, '$1 ')
    .replace(/ image \S+(?=:|$)/, ' image');
}

/** `registry.example.com`, of a message about an image that cannot be pulled. */
function registryIn(message: string): string | undefined {
  const [, first] = /cannot pull image ([^\s/]+)\//.exec(message) ?? [];
  if (first === undefined) return undefined;
  return /[.:]/.test(first) || first === 'localhost' ? first : 'docker.io';
}

/** Revisions of all members of which one is known that were made shortly before, and together. */
function revised(members: readonly CommonMember[]): InCommon[] {
  // What somebody rolls out when it fails already is meant to cure it.
  const known = members.filter(({ revisedAt = Infinity, since }) => revisedAt <= since);
  const times = known.map(({ revisedAt = 0 }) => revisedAt);
  const began = Math.min(...known.map(({ since }) => since));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  if (known.length < LEAST || last - first > ROLLED_OUT_MS || began - first > RECENT_MS) return [];
  return [{ what: 'revision', value: span(first, last), count: known.length }];
}

function span(first: number, last: number): string {
  return `${sayTime(first)}${last - first < 1_000 ? '' : `, within ${sayDuration(last - first)}`}`;
}

function together(members: readonly CommonMember[]): InCommon[] {
  const times = members.map(({ since }) => since).toSorted((left, right) => left - right);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < LEAST || last - first > TOGETHER_MS)
    return [];
  return [{ what: 'time', value: span(first, last), count: times.length }];
}
