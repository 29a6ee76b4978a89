import { kindOfName } from './key-name.ts';
import { isPlaceholder, type Mask } from './marker.ts';

const separators = [',', ';', '\t', '|'] as const;
const namesOnly = /^[\w\s,;|"'.-]+$/;
const columnName = /^\s*["']?[A-Za-z_][\w .-]{0,40}["']?\s*$/;
const rule = /^[\s|+-]+$/;
const field = /^(\s*["']?)([^"'\s].*?)(["']?\s*)$/;
const maxColumns = 64;

/** The secret columns of a table whose head was read. */
interface Table {
  readonly separator: string;
  readonly count: number;
  readonly columns: readonly number[];
}

function isSecretColumn(name: string): boolean {
  const kind = kindOfName(name.trim().replace(/["']/g, ''));
  return kind === 'password' || kind === 'token' || kind === 'secret';
}

// A line of nothing but names, of which one tells of a secret.
function headOf(line: string): Table | undefined {
  for (const separator of separators) {
    const names = line.split(separator, maxColumns);
    if (names.length < 2 || !names.every((name) => columnName.test(name) || name.trim() === '')) continue;
    const columns = [...names.keys()].filter((at) => isSecretColumn(names[at] ?? ''));
    if (columns.length > 0) return { separator, count: names.length, columns };
  }
  return undefined;
}

function maskRow(line: string, { separator, columns }: Table, mask: Mask): string {
  const parts = line.split(separator);
  for (const column of columns) {
    parts[column] = (parts[column] ?? '').replace(
      field,
      (all: string, before: string, value: string, after: string) =>
        isPlaceholder(value) ? all : before + mask('column') + after,
    );
  }
  return parts.join(separator);
}

/** Masks the secret columns of tables with a head (CSV, `psql`). One for each text; lines go in one by one. */
export function createColumnRule(mask: Mask): (line: string) => string {
  let table: Table | undefined;
  return (line) => {
    if (table !== undefined) {
      if (rule.test(line)) return line;
      if (line.split(table.separator, maxColumns + 1).length === table.count)
        return maskRow(line, table, mask);
    }
    table = line.length <= 512 && namesOnly.test(line) ? headOf(line) : undefined;
    return line;
  };
}
