import { words } from './facts.ts';
import { fields, type Fields, fieldsList, text } from '../object-fields.ts';

/** Where a volume source names its object, e.g. `secret.secretName`. */
const nameFields: Readonly<Record<string, string>> = {
  secret: 'secretName',
  configMap: 'name',
  persistentVolumeClaim: 'claimName',
  hostPath: 'path',
  csi: 'driver',
  nfs: 'server',
  image: 'reference',
};

/** A volume in one line: its name, the kind of its source and what the source names; never content. */
export function volumeLine(volume: Fields<object>): string {
  const { name, ...sources } = volume as Readonly<Record<string, unknown>>;
  const line = `${text(name) ?? '?'}: ${Object.entries(sources).map(sourceLine).join(', ') || 'no source'}`;
  return words(line) ?? '';
}

function sourceLine([kind, source]: [string, unknown]): string {
  if (kind === 'projected') {
    const parts = fieldsList<object>(fields<{ sources: object[] }>(source).sources);
    const lines = parts.flatMap((part) => Object.entries(part).map(projectionLine));
    return `projected (${lines.join(', ')})`;
  }
  return named(kind, source, nameFields[kind]);
}

/** Inside a projected volume a Secret is named by `name`. */
function projectionLine([kind, source]: [string, unknown]): string {
  return named(kind, source, 'name');
}

function named(kind: string, source: unknown, field: string | undefined): string {
  const name = field === undefined ? undefined : text(fields<Record<string, unknown>>(source)[field]);
  return name === undefined ? kind : `${kind} ${name}`;
}
