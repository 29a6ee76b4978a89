import type { Environment, Omission } from '../domain/environment.ts';
import { cutText, plainText } from '../lib/text.ts';

/** Longest texts, in UTF-16 units. Enough for a person; the rest is one kubectl away. */
const MAX_TEXT = 1_024;
const MAX_KEY = 253;
/** Entries of a map: labels, quantities. */
const MAX_PAIRS = 20;
/** Entries of a list that has no cap of its own. */
const MAX_ENTRIES = 50;

const listCaps: ReadonlyMap<string, number> = new Map(
  Array.from(
    `containers=20 owner.conditions=12 node.conditions=12 pod.conditions=12 pod.volumes=30 rollout.changes=10
  rollout.alsoChanged=20 node.pods.failing=20 node.pods.largest=3 namespace.pods.notReady=20 namespace.quotas=10
  namespace.limitRanges=10 scheduling.nodes=20 storage.claims.usedBy=10 cronJob.runs=8 incident.alsoFailing=20
  incident.affected.pods=20 logs=4 logs.lines=200 omitted=20`.split(/\s+/),
    (entry) => [entry.replace(/=.*/, ''), Number(entry.replace(/.*=/, ''))],
  ),
);

/** Paths of maps with names that the cluster chooses; all other objects have fields of ours. */
const maps: ReadonlySet<string> = new Set(
  `owner.labels owner.selected.labels owner.selected.annotations pod.labels node.capacity node.allocatable node.requested namespace.podSecurity
  namespace.pods.phases node.pods.owners scheduling.requests scheduling.nodeSelector scheduling.nodes.free
  containers.resources.requests containers.resources.limits pod.resources.requests pod.resources.limits`.split(
    /\s+/,
  ),
);

/** What was cut, by field. */
type Notes = Map<string, string>;

/**
 * Cuts an environment field by field and then, as long as it is too long as JSON, part by part: the oldest log lines
 * first, then events, then what is the least of a loss. Everything that was cut is noted in `omitted`. The result is at
 * most `maxLength` UTF-16 units long as JSON, if that is at least 4,096.
 */
export function fitEnvironment(environment: Environment, maxLength: number): Environment {
  const notes: Notes = new Map();
  let fitted = capValue(troubledFirst(environment), { path: '', caps: usualCaps, notes }) as Environment;
  for (const { rounds, reduce } of reductions) {
    for (let round = 0; round < rounds && lengthOf(fitted, notes) > maxLength; round += 1)
      fitted = reduce(fitted, notes);
  }
  return withNotes(fitted, notes);
}

function lengthOf(environment: Environment, notes: Notes): number {
  return JSON.stringify(withNotes(environment, notes)).length;
}

function withNotes(environment: Environment, notes: Notes): Environment {
  const cut: Omission[] = [...notes].map(([field, reason]) => ({ field, reason }));
  const known = environment.omitted.filter((omission) => !notes.has(omission.field));
  return { ...environment, omitted: [...known, ...cut] };
}

type Container = Environment['containers'][number];

/** Where containers are cut, those that fail are kept. */
function troubledFirst(environment: Environment): Environment {
  const isTroubled = ({ restartCount, ready, state }: Container): boolean =>
    restartCount > 0 ||
    (state.terminated?.exitCode ?? 0) !== 0 ||
    (ready === false && state.waiting !== undefined);
  const { containers } = environment;
  if (containers.length <= (listCaps.get('containers') ?? MAX_ENTRIES)) return environment;
  const sorted = containers.toSorted((a, b) => Number(isTroubled(b)) - Number(isTroubled(a)));
  return { ...environment, containers: sorted };
}

interface Caps {
  readonly text: number;
  readonly key: number;
  readonly pairs: number;
  readonly list: (path: string) => number;
}

const usualCaps: Caps = {
  text: MAX_TEXT,
  key: MAX_KEY,
  pairs: MAX_PAIRS,
  list: (path) => listCaps.get(path) ?? MAX_ENTRIES,
};

/** For what is left when nothing else has helped. */
const tightCaps: Caps = { text: 64, key: 64, pairs: 5, list: () => 5 };

interface Place {
  /** Names of fields, without indexes: `containers.resources`. */
  readonly path: string;
  readonly caps: Caps;
  readonly notes: Notes;
}

function capValue(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return capText(value, place);
  if (Array.isArray(value)) return capList(value, place);
  return typeof value === 'object' && value !== null ? capObject(value, place) : value;
}

function capText(value: string, { path, caps, notes }: Place): string {
  if (value.length > caps.text) notes.set(path, `the first ${caps.text} of ${value.length} characters`);
  // What cannot be seen would only be long: up to six characters of JSON each.
  return cutText(plainText(value), caps.text);
}

function capList(value: readonly unknown[], place: Place): unknown[] {
  const { path, caps, notes } = place;
  const cap = caps.list(path);
  const isLog = path === 'logs.lines';
  if (value.length > cap)
    notes.set(path, `the ${isLog ? 'last' : 'first'} ${cap} of ${value.length} entries`);
  const kept = isLog ? value.slice(-cap) : value.slice(0, cap);
  return kept.map((part) => capValue(part, place));
}

function capObject(value: object, place: Place): object {
  const { path, caps, notes } = place;
  const entries = Object.entries(value);
  const isMap = maps.has(path);
  if (isMap && entries.length > caps.pairs)
    notes.set(path, `the first ${caps.pairs} of ${entries.length} entries`);
  const kept = isMap ? entries.slice(0, caps.pairs) : entries;
  // fromEntries defines properties, so that a key such as __proto__ stays an ordinary key.
  return Object.fromEntries(
    kept.map(([key, part]) => [
      isMap ? cutText(key, caps.key) : key,
      capValue(part, { ...place, path: isMap || path === '' ? path || key : `${path}.${key}` }),
    ]),
  );
}

interface Reduction {
  readonly rounds: number;
  readonly reduce: (environment: Environment, notes: Notes) => Environment;
}

/** In this order: what costs the reader least comes first. */
const reductions: readonly Reduction[] = [
  { rounds: 4, reduce: halveLogs },
  { rounds: 4, reduce: halveEvents },
  { rounds: 1, reduce: dropVariables },
  { rounds: 3, reduce: halveContainers },
  { rounds: 1, reduce: (environment, notes) => drop(environment, ['pod', 'node'], notes) },
  { rounds: 1, reduce: (environment, notes) => drop(environment, ['namespace', 'cronJob'], notes) },
  { rounds: 1, reduce: (environment, notes) => drop(environment, ['storage', 'scheduling'], notes) },
  {
    rounds: 1,
    reduce: (environment, notes) => drop(environment, ['rollout', 'refusal', 'job', 'logs', 'events'], notes),
  },
  { rounds: 1, reduce: tighten },
];

const TOO_LONG = 'to keep the whole within its size';

function halveLogs(environment: Environment, notes: Notes): Environment {
  if (environment.logs.every((log) => log.lines.length === 0)) return environment;
  notes.set('logs.lines', `older lines were cut ${TOO_LONG}`);
  const logs = environment.logs.map((log) => ({ ...log, lines: log.lines.slice(half(log.lines.length)) }));
  return { ...environment, logs };
}

function halveEvents(environment: Environment, notes: Notes): Environment {
  const { events } = environment;
  if (events.length === 0) return environment;
  notes.set('events', `older events were cut ${TOO_LONG}`);
  return { ...environment, events: events.slice(0, events.length - half(events.length)) };
}

function dropVariables(environment: Environment, notes: Notes): Environment {
  if (environment.containers.every((container) => container.environmentNames.length === 0))
    return environment;
  notes.set('containers.environmentNames', `left out ${TOO_LONG}`);
  const containers = environment.containers.map((container) => ({ ...container, environmentNames: [] }));
  return { ...environment, containers };
}

function halveContainers(environment: Environment, notes: Notes): Environment {
  const { containers } = environment;
  if (containers.length <= 1) return environment;
  notes.set('containers', `further containers were cut ${TOO_LONG}`);
  return { ...environment, containers: containers.slice(0, containers.length - half(containers.length)) };
}

/** Parts of an environment that may be missing. */
type Part = OptionalKeys<Environment> | 'logs' | 'events';
type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

function drop(environment: Environment, parts: readonly Part[], notes: Notes): Environment {
  const rest: Environment = { ...environment };
  for (const part of parts) {
    const value = rest[part];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    notes.set(part, `left out ${TOO_LONG}`);
    if (part === 'logs' || part === 'events') rest[part] = [];
    else delete rest[part];
  }
  return rest;
}

/** Nothing but names and the shortest of texts. */
function tighten(environment: Environment, notes: Notes): Environment {
  const { selected: _selected, managed: _managed, ...named } = environment.owner;
  const owner = { ...named, labels: {}, conditions: [], chain: [] };
  const incident = { ...environment.incident, alsoFailing: [] };
  notes.clear();
  notes.set('all', `all but the most important was left out ${TOO_LONG}`);
  const whole = { ...environment, owner, incident, containers: [], omitted: [] };
  return capValue(whole, { path: '', caps: tightCaps, notes: new Map() }) as Environment;
}

function half(length: number): number {
  return Math.floor(length / 2);
}
