import { isRecord } from './api/problems.ts';
import type { FailureFacts } from './rows.ts';

/** The longest name of an object in Kubernetes; longer ones are no names. */
const LONGEST_NAME = 253;

/** What lists show of the failure, from the environment of its ticket. Anything but the agent's environment gives nulls. */
export function readEnvironment(environment: Readonly<Record<string, unknown>> | null): FailureFacts {
  const incident = part(environment, 'incident');
  const owner = part(environment, 'owner');
  const { occurrences } = incident;
  return {
    class: name(incident['class']),
    namespace: name(owner['namespace']),
    workload_kind: name(owner['kind']),
    workload: name(owner['name']),
    failing_since: time(incident['since']),
    occurrences: Number.isSafeInteger(occurrences) ? Number(occurrences) : null,
  };
}

function part(
  environment: Readonly<Record<string, unknown>> | null,
  field: string,
): Readonly<Record<string, unknown>> {
  const value = environment?.[field];
  return isRecord(value) ? value : {};
}

function name(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME ? value : null;
}

function time(value: unknown): string | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** What a comment of the agent says of the failure: columns of the ticket's row. */
export type CommentFacts = {
  readonly recovered_at?: string | null;
  readonly occurrences?: number;
};

const FAILING_AGAIN =
  /^\*\*(?:It has come again|The same workload fails again|A worse cause has shown|More is affected|Still failing)\*\*/u;

/** Reads the first words of a comment of the agent; `at` is when it was written (RFC 3339). The words are those of src/tickets/render/comments.ts. */
export function readComment(body: string, at: string): CommentFacts {
  if (body.startsWith('**Recovered**')) return { recovered_at: at };
  if (!FAILING_AGAIN.test(body)) return {};
  const occurrences = /\b(\d{1,9}) occurrences?\b/u.exec(body)?.[1];
  return { recovered_at: null, ...(occurrences === undefined ? {} : { occurrences: Number(occurrences) }) };
}
