import { isUnlikeWords } from './candidates.ts';
import { isSecretName, kindOfName, type KeyKind } from './key-name.ts';
import { isPlaceholder, nothing, type Mask, type Span, type SpanRule } from './marker.ts';
import { valueLabel } from './nearby-words.ts';
import { matchAt, readValue } from './read-value.ts';
import type { Reading } from './reading.ts';
import { withoutEnd } from './scan.ts';
import { isIdentifier } from './token-shape.ts';
import { isSecretValue } from './value-sense.ts';

// INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')
const insert =
  /\b(?:insert|replace)\s{1,4}(?:ignore\s{1,4})?into\s{1,4}[^\s(]{1,128}\s{0,4}\(([^()]{1,1000})\)\s{0,4}values\s{0,4}/i;
const into = /\binto\b/i;
// The sign before a value, and the value when it is a text; a call around it belongs to it.
const cell =
  /\s{0,4}([(,])\s{0,4}(?:(?:\w{1,20}\()?[NE]?'((?:[^'\\]|\\.|''){0,4000})'\)?|\w{0,20}\([^()]{0,400}\)|[^,()']{0,400})\s{0,4}(?:\)\s{0,4},?)?/y;

// The texts in the given columns of every row that begins at or behind `from`.
function cellsOf(text: string, from: number, columns: readonly boolean[]): Span[] {
  const spans: Span[] = [];
  let at = from;
  let column = 0;
  for (let match = matchAt(cell, text, at); match !== null; match = matchAt(cell, text, at)) {
    column = match[1] === '(' ? 0 : column + 1;
    const secret = match[2] ?? '';
    const start = at + match[0].indexOf(`'${secret}`) + 1;
    if (columns[column] === true && !isPlaceholder(secret))
      spans.push({ start, end: start + secret.length, rule: 'password' });
    at += match[0].length;
  }
  return spans;
}

/** The values of secret columns in SQL `INSERT` statements, where name and value stand apart. */
export const sqlValues: SpanRule = ({ text }) => {
  const found = into.test(text) ? insert.exec(text) : null;
  if (found === null) return nothing;
  const names = (found[1] ?? '').split(',').map((name) => name.replace(/["'`[\]\s]/g, ''));
  return cellsOf(text, found.index + found[0].length, names.map(isSecretName));
};

const ofSecret = /kind["']?\s?[:=]\s?["']?Secret\b/;
const manifest = /\b(?:data|stringData)["']?\s?[:=]\s?(?:map\[|\{)([^{}[\]]{1,4096})/g;
const member = /["']?[\w.-]{1,253}["']?\s?[:=]\s?["']?([^"',{}[\]\s]{1,4096})/g;

/** Every value of a Secret on one line, whatever its key. */
export const secretManifests: SpanRule = ({ text }) => {
  if (!ofSecret.test(text) && !text.includes('tringData')) return nothing;
  return Array.from(text.matchAll(manifest)).flatMap(({ 0: all, 1: inner = '', index }) => {
    const from = index + all.length - inner.length;
    return Array.from(inner.matchAll(member), (match) => {
      const end = from + match.index + match[0].length;
      return { start: end - (match[1] ?? '').length, end, rule: 'secret' };
    }).filter(({ start, end }) => !isPlaceholder(text.slice(start, end)));
  });
};

/** A word that tells of a secret, by itself or as part of a name; `auth` tells only that somebody was let in or refused. */
export interface Telling {
  readonly start: number;
  readonly end: number;
  readonly kind: KeyKind | 'auth';
}

/** What a record holds under "value" while another member names the field. */
export function labelledValues(reading: Reading, telling: () => readonly Telling[]): Span[] {
  return Array.from(reading.text.matchAll(valueLabel), (match) => labelledBy(match, reading, telling)).filter(
    (span) => span !== undefined,
  );
}

function labelledBy(
  match: RegExpExecArray,
  reading: Reading,
  telling: () => readonly Telling[],
): Span | undefined {
  const end = match.index + match[0].length;
  const isOpen = /["'`[“]$/.test(match[0]);
  const place = { inQuery: false, openQuote: '', depth: reading.depth(end - 1) };
  const value = readValue(reading, isOpen ? end - 1 : end, place);
  const said = withoutEnd(reading.text.slice(value.start, value.end), '”]');
  if (isName(said) || isPlaceholder(said)) return undefined;
  const firm = value.quoted || isOpen || match[0].endsWith('=');
  const syntax = { firm, verb: !firm, quoted: value.quoted, compound: true };
  const isTold = telling()
    .filter(({ start, end: until }) => until <= match.index || start >= value.end)
    .some(({ kind }) =>
      kind === 'auth' ? isUnlikeWords(said) : kind !== 'bare' && isSecretValue(kind, said, syntax),
    );
  return isTold ? { start: value.start, end: value.start + said.length, rule: 'nearby' } : undefined;
}

function isName(said: string): boolean {
  return kindOfName(said) !== undefined || (isIdentifier(said) && !/\d$/.test(said));
}

// Blanks belong to the columns of a drawn table; between commas they make a sentence.
const heads: readonly (readonly [separator: string, head: RegExp])[] = [
  [',', /^[\w,"'.-]+$/],
  [';', /^[\w;"'.-]+$/],
  ['\t', /^[\w\t "'.-]+$/],
  ['|', /^[\w| "'.-]+$/],
];
const columnName = /^(?:["']?[A-Za-z_][\w .-]{0,40}["']?)?$/;
const ruler = /^[\s|+-]+$/;
const maxColumns = 64;

/** A table whose head was read, and which of its columns are secret. */
interface Table {
  readonly separator: string;
  readonly isSecret: readonly boolean[];
}

// Field | Value: every row below is a name and its value, and no head.
function isOfPairs(names: readonly string[]): boolean {
  const [name = '', value = '', ...more] = names.filter((one) => one !== '');
  return (
    /^(?:field|property|name|key|setting|variable)$/i.test(name) &&
    /^value$/i.test(value) &&
    more.length === 0
  );
}

// A line of nothing but names, of which one tells of a secret.
function headOf(line: string): Table | undefined {
  const separator = heads.find(([sign, head]) => line.includes(sign) && head.test(line))?.[0];
  if (separator === undefined || line.length > 512) return undefined;
  const names = line.split(separator, maxColumns).map((name) => name.trim());
  const isSecret = names.map((name) => isSecretName(name.replace(/["']/g, '')));
  const isHead = isSecret.includes(true) || isOfPairs(names);
  return isHead && names.every((name) => columnName.test(name)) ? { separator, isSecret } : undefined;
}

function maskCell(cell: string, mask: Mask): string {
  const value = cell.trim().replace(/^["']|["']$/g, '');
  return isPlaceholder(value) ? cell : cell.replace(value, () => mask('column', value));
}

/** Masks the secret columns of tables with a head (CSV, `psql`). One for each text; lines go in one by one. */
export class ColumnMask {
  readonly #mask: Mask;
  #table: Table | undefined;

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  apply(line: string): string {
    const table = this.#table;
    if (table !== undefined && ruler.test(line)) return line;
    const cells = table === undefined ? [] : line.split(table.separator, maxColumns + 1);
    if (table !== undefined && cells.length === table.isSecret.length)
      return cells
        .map((cell, at) => (table.isSecret[at] === true ? maskCell(cell, this.#mask) : cell))
        .join(table.separator);
    this.#table = headOf(line);
    return line;
  }
}
