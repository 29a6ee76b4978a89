import { kindOfName } from './key-name.ts';
import { isPlaceholder, type Mask } from './marker.ts';

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

function maskPart(value: string, mask: Mask): string {
  return value.replace(text, (all: string, kept: string, secret: string) =>
    isPlaceholder(secret) ? all : kept + mask('password'),
  );
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

/** Masks the values of secret columns in SQL `INSERT` statements, where name and value stand apart. */
export function maskSqlValues(line: string, mask: Mask): string {
  const found = into.test(line) ? insert.exec(line) : null;
  if (found === null) return line;
  const columns = secretColumns(found[1] ?? '');
  let result = '';
  let done = 0;
  for (const part of secretParts(line, found.index + found[0].length, columns)) {
    result += line.slice(done, part.start) + maskPart(line.slice(part.start, part.end), mask);
    done = part.end;
  }
  return result + line.slice(done);
}
