import type { SQLInputValue } from 'node:sqlite';
import { codePoints } from './api/problems.ts';
import type { State } from './rows.ts';

/** Which tickets a list is about. Empty filters let everything through. */
export interface ListFilter {
  /** Every organisation when absent: a desk on loopback without a sign-in. */
  readonly organisationIds?: readonly string[];
  readonly statuses?: readonly string[];
  readonly states?: readonly State[];
  readonly clusterId?: string;
  readonly severity?: string;
  /** Class of the failure. */
  readonly class?: string;
  readonly namespace?: string;
  /** Name of the workload, without its namespace. */
  readonly workload?: string;
  /** Any part of the subject, upper or lower case. */
  readonly subject?: string;
  /** Words of subject or description, each from its beginning; or a part of the subject. */
  readonly text?: string;
  /** Epoch milliseconds; tickets that are not visible yet are left out. Absent: all are shown. */
  readonly now?: number;
  readonly limit: number;
  readonly offset: number;
}

/** A condition of SQL and the values of its question marks. */
export interface Where {
  readonly clause: string;
  readonly values: readonly SQLInputValue[];
}

/** The condition for a list. Every value is bound, none is written into the text. */
export function toWhere(filter: ListFilter): Where {
  const terms: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (term: string, ...given: readonly SQLInputValue[]): void => {
    terms.push(term);
    values.push(...given);
  };
  const among = (column: string, wanted: readonly string[] | undefined): void => {
    if (wanted === undefined) return;
    add(`${column} IN (${wanted.map(() => '?').join(', ')})`, ...wanted);
  };
  const equal = (column: string, wanted: string | undefined): void => {
    if (wanted !== undefined) add(`${column} = ?`, wanted);
  };
  among('organisation_id', filter.organisationIds);
  among('status', nonEmpty(filter.statuses));
  among('state', nonEmpty(filter.states));
  equal('cluster_id', filter.clusterId);
  equal('severity', filter.severity);
  equal('class', filter.class);
  equal('namespace', filter.namespace);
  equal('workload', filter.workload);
  if (filter.now !== undefined) add('list_visible_at <= ?', filter.now);
  for (const search of [searchSubject(filter.subject), searchText(filter.text)]) {
    if (search !== undefined) add(search.clause, ...search.values);
  }
  return { clause: terms.length === 0 ? 'true' : terms.join(' AND '), values };
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

/** A trigram has three characters: what is shorter is looked for row by row. */
const SHORTEST_INDEXED = 3;

function searchSubject(given: string | undefined): Where | undefined {
  const part = withoutNul(given);
  if (part === '') return undefined;
  if (codePoints(part) < SHORTEST_INDEXED) {
    return { clause: 'instr(lower(subject), lower(?)) > 0', values: [part] };
  }
  return {
    clause: 'seq IN (SELECT rowid FROM subject_parts WHERE subject_parts MATCH ?)',
    values: [quote(part)],
  };
}

function searchText(given: string | undefined): Where | undefined {
  const text = withoutNul(given);
  const part = searchSubject(text);
  const words = text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (part === undefined || words.length === 0) return part;
  const query = words.map((word) => `${quote(word)}*`).join(' ');
  return {
    clause: `(seq IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?) OR ${part.clause})`,
    values: [query, ...part.values],
  };
}

/** A string of the query language of FTS5, in which nothing has a meaning. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** SQLite ends the text of a full-text query at a NUL. */
function withoutNul(text: string | undefined): string {
  return (text ?? '').replaceAll('\0', '');
}
