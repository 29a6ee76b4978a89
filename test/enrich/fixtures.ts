import fc from 'fast-check';
import type { Environment, Evidence } from '../../src/domain/environment.ts';
import type { ObjectRef } from '../../src/domain/failure.ts';
import { environmentSchema } from '../../src/domain/environment.ts';

export const owner: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'u-1',
};

export const emptyEvidence: Evidence = {
  takenAt: Date.parse('2026-11-23T03:12:45Z'),
  containers: [],
  events: [],
  logs: [],
  omitted: [],
  secretValues: [],
};

/** An environment in which nothing is known. */
export function anEnvironment(more: Partial<Environment> = {}): Environment {
  return {
    version: '1',
    collectedAt: '2026-11-23T03:12:45.000Z',
    agent: { name: 'agent', version: '1' },
    incident: {
      class: 'crash',
      reason: 'CrashLoopBackOff',
      trigger: 'automatic',
      since: '2026-11-23T03:10:45.000Z',
      occurrences: 3,
      affected: { count: 1, pods: ['p'] },
      alsoFailing: [],
    },
    cluster: {},
    owner: { ...owner, labels: {}, conditions: [], chain: [] },
    containers: [],
    events: [],
    logs: [],
    omitted: [],
    ...more,
  };
}

export function aContainer(
  more: Partial<Environment['containers'][number]> = {},
): Environment['containers'][number] {
  return {
    name: 'app',
    role: 'app',
    image: 'image:1',
    restartCount: 0,
    state: {},
    lastState: {},
    resources: { requests: {}, limits: {} },
    probes: {},
    environmentNames: [],
    ...more,
  };
}

export function anEvent(message = 'm'): Environment['events'][number] {
  return { type: 'Warning', reason: 'r', message, count: 1, object: 'Pod/p' };
}

/** Texts as hostile pods have them: of every length, with names that objects inherit, invisible and half characters. */
const text = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '"\\', '\u202E', '\uD800', '\u0000'),
  fc
    .tuple(fc.constantFrom('x', '"', '\u0001', 'a b ', '😀', '\uDC00'), fc.integer({ min: 1, max: 2_000 }))
    .map(([unit, times]) => unit.repeat(times)),
);
const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(item, { maxLength: 25, size: 'medium' });
const map = fc.array(fc.tuple(text, text), { maxLength: 30 }).map((entries) => Object.fromEntries(entries));
const optional = { requiredKeys: [] };
const condition = fc.record({ type: text, status: text, reason: text, message: text });
const state = fc.record(
  {
    waiting: fc.record({ reason: text, message: text }, optional),
    terminated: fc.record({ exitCode: fc.integer(), message: text }),
  },
  optional,
);
const change = fc.record({ from: text, to: text });

const surroundings = {
  namespace: fc.record({
    name: text,
    podSecurity: map,
    quotas: list(
      fc.record({
        name: text,
        scopes: list(text),
        resources: list(fc.record({ resource: text, hard: text, used: text })),
      }),
    ),
    limitRanges: list(text),
    pods: fc.record({ count: fc.nat(), phases: fc.dictionary(text, fc.nat()), notReady: list(text) }),
  }),
  storage: fc.record({
    claims: list(
      fc.record({
        name: text,
        phase: text,
        accessModes: list(text),
        conditions: list(condition),
        usedBy: list(text),
      }),
    ),
    volumes: list(fc.record({ name: text, phase: text, accessModes: list(text), nodeAffinity: list(text) })),
    classes: list(fc.record({ name: text, provisioner: text })),
    attachments: list(fc.record({ volume: text, node: text, attached: fc.boolean(), error: text })),
  }),
  scheduling: fc.record({
    requests: map,
    nodeSelector: map,
    affinity: list(text),
    tolerations: list(text),
    topologySpread: list(text),
    nodeCount: fc.nat(),
    refusals: list(fc.record({ nodes: fc.nat(), reason: text })),
    nodes: list(fc.record({ name: text, lacks: list(text), free: map })),
  }),
  refusal: fc.record({ by: fc.constantFrom('quota', 'other'), name: text, message: text }),
  job: fc.record({ name: text, active: fc.nat(), succeeded: fc.nat(), failed: fc.nat() }),
  cronJob: fc.record({
    schedule: text,
    active: fc.nat(),
    runs: list(fc.record({ name: text, outcome: fc.constantFrom('failed', 'running'), message: text })),
  }),
};

/** Any environment that the schema allows. */
export const anyEnvironment: fc.Arbitrary<Environment> = fc
  .record(
    {
      incident: fc.record({
        class: text,
        reason: text,
        trigger: text,
        since: text,
        occurrences: fc.nat(),
        affected: fc.record({ count: fc.nat(), pods: list(text) }),
        alsoFailing: list(fc.record({ class: text, reason: text, object: text })),
        note: text,
      }),
      cluster: fc.record({ id: text, name: text, uid: text, version: text, provider: text }, optional),
      owner: fc.record({
        apiVersion: text,
        kind: text,
        namespace: text,
        name: text,
        uid: text,
        labels: map,
        conditions: list(condition),
        chain: list(fc.record({ kind: text, name: text })),
      }),
      rollout: fc.record({
        revision: text,
        changeCause: text,
        changes: list(
          fc.record(
            {
              container: text,
              image: change,
              environment: fc.record({ added: list(text), removed: list(text), changed: list(text) }),
            },
            { requiredKeys: ['container'] },
          ),
        ),
      }),
      pod: fc.record({
        name: text,
        namespace: text,
        uid: text,
        phase: text,
        labels: map,
        conditions: list(condition),
        volumes: list(text),
      }),
      containers: list(
        fc.record({
          name: text,
          role: fc.constantFrom('app', 'init', 'sidecar', 'ephemeral'),
          image: text,
          command: list(text),
          restartCount: fc.nat(),
          state,
          lastState: state,
          resources: fc.record({ requests: map, limits: map }),
          probes: fc.record({ liveness: text }, optional),
          environmentNames: list(text),
        }),
      ),
      node: fc.record({
        name: text,
        conditions: list(condition),
        capacity: map,
        allocatable: map,
        taints: list(fc.record({ key: text, effect: text })),
        requested: map,
        pods: fc.record({
          count: fc.nat(),
          failingCount: fc.nat(),
          failing: list(fc.record({ namespace: text, name: text, reason: text })),
        }),
      }),
      ...surroundings,
      events: list(fc.record({ type: text, reason: text, message: text, count: fc.nat(), object: text })),
      logs: list(fc.record({ container: text, pod: text, previous: fc.boolean(), lines: list(text) })),
      omitted: list(fc.record({ field: text, reason: text })),
    },
    optional,
  )
  .map((parts) => anEnvironment(parts as Partial<Environment>));

/** Throws unless the environment is valid in the form in which it is sent. */
export function parseAsSent(environment: Environment): Environment {
  return environmentSchema.parse(JSON.parse(JSON.stringify(environment)));
}
