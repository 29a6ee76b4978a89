import { kindOfName } from './key-name.ts';
import { isPlaceholder } from './marker.ts';
import { nothing, type Span, type SpanRule } from './span.ts';

// INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')
const insert =
  /\b(?:insert|replace)\s{1,4}(?:ignore\s{1,4})?into\s{1,4}[^\s(]{1,128}\s{0,4}\(([^()]{1,1000})\)\s{0,4}values\s{0,4}/i;

const into = /\binto\b/i;

interface Part {
  readonly start: number;
  readonly end: number;
}

function endOfText(line: string, from: number): number {
  let at = from + 1;
  while (at < line.length && (line.charAt(at) !== "'" || line.charAt(at + 1) === "'")) {
    at += line.charAt(at) === '\\' || line.charAt(at) === "'" ? 2 : 1;
  }
  return at + 1;
}

// The values of one row, `from` being the place after its opening bracket; nested calls belong to their value.
function rowAt(line: string, from: number): { readonly parts: readonly Part[]; readonly end: number } {
  const parts: Part[] = [];
  let start = from;
  let depth = 0;
  let at = from;
  while (at < line.length) {
    const char = line.charAt(at);
    if (char === "'") {
      at = endOfText(line, at);
      continue;
    }
    if (depth === 0 && (char === ',' || char === ')')) {
      parts.push({ start, end: at });
      start = at + 1;
    }
    if (char === ')' && depth === 0) return { parts, end: at + 1 };
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    at += 1;
  }
  return { parts: [...parts, { start, end: line.length }], end: line.length };
}

const text = /^(\s*(?:\w+\()?[NE]?')([^']+)/;

function spanIn(line: string, { start, end }: Part): Span | undefined {
  const [, kept = '', secret = ''] = text.exec(line.slice(start, end)) ?? [];
  const from = start + kept.length;
  return isPlaceholder(secret) ? undefined : { start: from, end: from + secret.length, rule: 'password' };
}

function secretColumns(list: string): ReadonlySet<number> {
  const kinds = list.split(',').map((name) => kindOfName(name.trim().replace(/["'`[\]]/g, '')));
  return new Set(
    [...kinds.keys()].filter(
      (at) => kinds[at] === 'password' || kinds[at] === 'token' || kinds[at] === 'secret',
    ),
  );
}

// The values of the given columns in every row that begins at or behind `from`.
function secretParts(line: string, from: number, columns: ReadonlySet<number>): Part[] {
  const parts: Part[] = [];
  let at = columns.size === 0 ? line.length : from;
  while (line.charAt(at) === '(') {
    const row = rowAt(line, at + 1);
    parts.push(...row.parts.filter((_, column) => columns.has(column)));
    at = row.end;
    while (at < line.length && ' ,'.includes(line.charAt(at))) at += 1;
  }
  return parts;
}

/** The values of secret columns in SQL `INSERT` statements, where name and value stand apart. */
export const sqlValues: SpanRule = ({ text: line }) => {
  const found = into.test(line) ? insert.exec(line) : null;
  if (found === null) return nothing;
  const columns = secretColumns(found[1] ?? '');
  return secretParts(line, found.index + found[0].length, columns)
    .map((part) => spanIn(line, part))
    .filter((span) => span !== undefined);
};

const ofSecret = /kind["']?\s?[:=]\s?["']?Secret\b/;
const manifest = /\b(?:data|stringData)["']?\s?[:=]\s?(?:map\[|\{)([^{}[\]]{1,4096})/g;
const member = /["']?[\w.-]{1,253}["']?\s?[:=]\s?["']?([^"',{}[\]\s]{1,4096})/g;

/** Every value of a Secret on one line, whatever its key. */
export const secretManifests: SpanRule = ({ text }) => {
  if (!ofSecret.test(text)) return nothing;
  return Array.from(text.matchAll(manifest)).flatMap(({ 0: all, 1: inner = '', index }) => {
    const from = index + all.length - inner.length;
    return Array.from(inner.matchAll(member), (match) => {
      const end = from + match.index + match[0].length;
      return { start: end - (match[1] ?? '').length, end, rule: 'secret' };
    }).filter(({ start, end }) => !isPlaceholder(text.slice(start, end)));
  });
};
