import type { Environment, Omission } from '../domain/environment.ts';
import { cutText } from '../lib/text.ts';

/** Caps of single fields, in UTF-16 units or entries. Enough for a person; the rest is one kubectl away. */
const CAPS = {
  text: 1_024,
  logLine: 1_000,
  logLines: 50,
  logs: 4,
  events: 20,
  containers: 20,
  names: 50,
  labels: 20,
  conditions: 12,
  volumes: 30,
  changes: 10,
} as const;

/**
 * Cuts an environment field by field and then, as long as it is too long as JSON, part by part: the oldest log lines
 * first, then events, then lists of names. Everything that was cut is noted in `omitted`.
 */
export function fitEnvironment(environment: Environment, maxLength: number): Environment {
  const notes = new Map<string, string>();
  let fitted = capFields(environment, notes);
  for (const reduce of reductions) {
    for (let round = 0; round < 4 && lengthOf(fitted, notes) > maxLength; round += 1)
      fitted = reduce(fitted, notes);
  }
  return withNotes(fitted, notes);
}

function lengthOf(environment: Environment, notes: ReadonlyMap<string, string>): number {
  return JSON.stringify(withNotes(environment, notes)).length;
}

function withNotes(environment: Environment, notes: ReadonlyMap<string, string>): Environment {
  const cut: Omission[] = [...notes].map(([field, reason]) => ({ field, reason }));
  const known = environment.omitted.filter((omission) => !notes.has(omission.field));
  return { ...environment, omitted: [...known, ...cut] };
}

/** Long texts and long lists, wherever they stand. */
function capFields(environment: Environment, notes: Map<string, string>): Environment {
  const { logs, ...rest } = environment;
  const capped = capValue(rest, '', notes) as Omit<Environment, 'logs'>;
  return {
    ...capped,
    events: capped.events.slice(0, CAPS.events),
    logs: logs.slice(0, CAPS.logs).map((log) => ({
      ...log,
      lines: log.lines.slice(-CAPS.logLines).map((line) => cutText(line, CAPS.logLine)),
    })),
  };
}

const listCaps: Readonly<Record<string, number>> = {
  containers: CAPS.containers,
  environmentNames: CAPS.names,
  conditions: CAPS.conditions,
  volumes: CAPS.volumes,
  events: CAPS.events,
  changes: CAPS.changes,
  added: CAPS.names,
  removed: CAPS.names,
  changed: CAPS.names,
};

function capValue(value: unknown, path: string, notes: Map<string, string>): unknown {
  if (typeof value === 'string') return capString(value, path, notes);
  if (Array.isArray(value)) return capList(value, path, notes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const cap = path.endsWith('labels') ? CAPS.labels : 100;
  if (entries.length > cap) notes.set(path, `the first ${cap} of ${entries.length} entries`);
  // fromEntries defines properties, so that a key such as __proto__ stays an ordinary key.
  return Object.fromEntries(
    entries
      .slice(0, cap)
      .map(([key, part]) => [cutText(key, 253), capValue(part, path === '' ? key : `${path}.${key}`, notes)]),
  );
}

function capString(value: string, path: string, notes: Map<string, string>): string {
  if (value.length <= CAPS.text) return value;
  notes.set(path, `the first ${CAPS.text} of ${value.length} characters`);
  return cutText(value, CAPS.text);
}

function capList(value: readonly unknown[], path: string, notes: Map<string, string>): unknown[] {
  const field = path.slice(path.lastIndexOf('.') + 1);
  const cap = listCaps[field] ?? CAPS.names;
  if (value.length > cap) notes.set(path, `the first ${cap} of ${value.length} entries`);
  return value.slice(0, cap).map((part) => capValue(part, path, notes));
}

type Reduction = (environment: Environment, notes: Map<string, string>) => Environment;

/** In this order: what costs the reader least comes first. */
const reductions: readonly Reduction[] = [
  (environment, notes) => {
    notes.set('logs', 'older lines were cut to keep the whole within its size');
    return {
      ...environment,
      logs: environment.logs.map((log) => ({ ...log, lines: log.lines.slice(-half(log.lines.length)) })),
    };
  },
  (environment, notes) => {
    notes.set('events', 'older events were cut to keep the whole within its size');
    return { ...environment, events: environment.events.slice(0, half(environment.events.length)) };
  },
  (environment, notes) => {
    notes.set(
      'containers',
      'names of variables and further containers were cut to keep the whole within its size',
    );
    const kept = environment.containers.slice(0, half(environment.containers.length));
    return { ...environment, containers: kept.map((container) => ({ ...container, environmentNames: [] })) };
  },
  ({ pod: _pod, rollout: _rollout, ...environment }, notes) => {
    notes.set('pod', 'left out to keep the whole within its size');
    notes.set('rollout', 'left out to keep the whole within its size');
    return { ...environment, logs: [], events: [] };
  },
];

function half(length: number): number {
  return Math.floor(length / 2);
}
