import { kindOfName } from './key-name.ts';
import { isPlaceholder, type Mask } from './marker.ts';

// Blanks belong to the columns of a drawn table; between commas they make a sentence.
const separators: readonly { readonly sign: string; readonly head: RegExp }[] = [
  { sign: ',', head: /^[\w,"'.-]+$/ },
  { sign: ';', head: /^[\w;"'.-]+$/ },
  { sign: '\t', head: /^[\w\t "'.-]+$/ },
  { sign: '|', head: /^[\w| "'.-]+$/ },
];
const columnName = /^["']?[A-Za-z_][\w .-]{0,40}["']?$/;
const rule = /^[\s|+-]+$/;
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
  for (const { sign, head } of separators) {
    if (!line.includes(sign) || !head.test(line)) continue;
    const names = line.split(sign, maxColumns).map((name) => name.trim());
    const columns = [...names.keys()].filter((at) => isSecretColumn(names[at] ?? ''));
    const isHead = names.every((name) => name === '' || columnName.test(name));
    return isHead && columns.length > 0 ? { separator: sign, count: names.length, columns } : undefined;
  }
  return undefined;
}

function maskCell(cell: string, mask: Mask): string {
  const value = cell.trim().replace(/^["']|["']$/g, '');
  return isPlaceholder(value) ? cell : cell.replace(value, () => mask('column'));
}

function maskRow(line: string, { separator, columns }: Table, mask: Mask): string {
  const parts = line.split(separator);
  for (const column of columns) parts[column] = maskCell(parts[column] ?? '', mask);
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
    table = line.length <= 512 ? headOf(line) : undefined;
    return line;
  };
}
