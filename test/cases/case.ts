import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/sandbox/api-types.ts';
import type { ObjectRef } from '../../src/sandbox/object-book.ts';

/** One moment of a cluster that somebody reported in public, and what is right. */
export interface Case {
  readonly id: string;
  /** Number of the kind of failure in docs/detectors.md, or `control` for what has always been right. */
  readonly kind: number | 'control';
  /** Where it was reported; absent in those that came with the project. */
  readonly source?: string;
  /** What a person on call wants of us. */
  readonly right: string;
  readonly expect: Expectation;
  /** When the objects stood like this. */
  readonly now: string;
  readonly objects: readonly KubeObject[];
  /** What containers have written; none of the others has written anything. */
  readonly logs?: readonly CaseLog[];
  /** What happens afterwards, in order. */
  readonly steps?: readonly Step[];
}

/** What one container has written, or what the kubelet answers in its place. */
export interface CaseLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly current?: string;
  readonly previous?: string;
  readonly refusal?: { readonly status: number; readonly message: string };
}

/** What a program can check. */
export interface Expectation {
  /** 0: silence. Otherwise exactly so many tickets by the time the hold is over. */
  readonly tickets: number;
  readonly ownerKind?: string;
  readonly class?: string;
  /** Texts that a ticket must have in it. */
  readonly says?: readonly string[];
  /** Texts that no ticket may have in it. */
  readonly neverSays?: readonly string[];
}

/** A change of the cluster. */
export interface Step {
  /** Since the step before. */
  readonly afterSeconds: number;
  readonly apply?: readonly KubeObject[];
  readonly delete?: readonly ObjectRef[];
}

/** Where the ids of cases stand that the agent tells wrong now. */
export const KNOWN_FAILURES = 'known-failures.json';

/** Every case of the folders below this one, by file name. */
export function readCases(): readonly Case[] {
  const root = import.meta.dirname;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json') && file !== KNOWN_FAILURES)
    .toSorted((left, right) => left.localeCompare(right))
    .map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Case);
}

/** Ids of cases that the agent tells wrong now. */
export const knownFailures: ReadonlySet<string> = new Set(
  JSON.parse(readFileSync(join(import.meta.dirname, KNOWN_FAILURES), 'utf8')) as readonly string[],
);
