import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Signal } from '../../src/domain/failure.ts';
import type { Incident } from '../../src/domain/incident.ts';
import {
  type CommonWorld,
  crashOf,
  createCommonWorld,
  deleteIncident,
  deployment,
  file,
  lackingSecret,
  nodeIsLost,
  nodeNamed,
  restart,
  sandboxFails,
  show,
  wait,
} from './common-world.ts';
import { keyOf } from './fixtures.ts';

const OWNERS = 8;
const limits = { storm: { perMinute: 4, perHour: 9 }, maxIncidents: 14 };

type How = 'crash' | 'onNode' | 'lacks' | 'says' | 'noNode';

type Step =
  | {
      readonly kind: 'fail';
      readonly owner: number;
      readonly pod: number;
      readonly how: How;
      readonly of: number;
    }
  | { readonly kind: 'heal'; readonly owner: number; readonly pod: number }
  | { readonly kind: 'failAll' }
  | { readonly kind: 'healAll' }
  | { readonly kind: 'lose'; readonly node: number }
  | { readonly kind: 'return'; readonly node: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | Handling;

/** What happens to the agent and to its Incidents, not to the cluster. */
type Handling =
  | { readonly kind: 'file' | 'restart' }
  | { readonly kind: 'dieAfter'; readonly decisions: number }
  | { readonly kind: 'delete'; readonly nth: number };

const owner = fc.nat({ max: OWNERS - 1 });
const pod = fc.nat({ max: 1 });
const two = fc.nat({ max: 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      owner,
      pod,
      how: fc.constantFrom<How>('crash', 'onNode', 'lacks', 'lacks', 'says', 'noNode'),
      of: two,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('heal' as const), owner, pod }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'return' as const), node: two }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(SECOND, 15 * SECOND, MINUTE, 4 * MINUTE, 11 * MINUTE, HOUR),
    }),
  },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ kind: 'file' }, { kind: 'file' }, { kind: 'restart' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'failAll' }, { kind: 'healAll' }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('dieAfter' as const), decisions: fc.nat({ max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), nth: fc.nat({ max: 20 }) }) },
);

/** When each object began to show what it shows, or the last thing happened that any wait may count from. */
interface Model {
  readonly world: CommonWorld;
  readonly since: Map<string, number>;
  disturbedAt: number;
}

function carryOut(model: Model, one: Step): void {
  const { world } = model;
  // A restart, a node and a hand on an Incident may begin waits anew.
  if (one.kind !== 'wait' && one.kind !== 'file') model.disturbedAt = world.now;
  if (one.kind === 'fail') fail(model, one.owner, one.pod, signalOf(one, world.now));
  else if (one.kind === 'heal') fail(model, one.owner, one.pod, undefined);
  else if (one.kind === 'failAll' || one.kind === 'healAll') turnAll(model, one.kind === 'failAll');
  else if (one.kind === 'lose' || one.kind === 'return') turnNode(model, one);
  else if (one.kind === 'wait') wait(world, one.ms, () => check(model));
  else handle(world, one);
}

function handle(world: CommonWorld, one: Handling): void {
  if (one.kind === 'dieAfter') world.decisionsLeft = one.decisions;
  else if (one.kind === 'delete') deleteIncident(world, [...world.incidents.keys()][one.nth] ?? '');
  else if (one.kind === 'file') file(world);
  else restart(world);
}

function turnAll(model: Model, isFailing: boolean): void {
  for (let n = 0; n < OWNERS; n += 1)
    fail(model, n, 0, isFailing ? crashOf(`w-${n}`, model.world.now) : undefined);
}

function turnNode(model: Model, { kind, node }: Extract<Step, { kind: 'lose' | 'return' }>): void {
  const name = `n-${node}`;
  const signals = kind === 'lose' ? [nodeIsLost(name, model.world.now)] : [];
  show(model.world, nodeNamed(name), name, signals);
  note(model, name, signals[0]);
}

function signalOf({ owner: n, how, of }: Extract<Step, { kind: 'fail' }>, now: number): Signal {
  const name = `w-${n}`;
  if (how === 'lacks') return lackingSecret(name, now, `secret-${of}`);
  if (how === 'says') return sandboxFails(name, now, `n-${of}`);
  if (how === 'onNode') return crashOf(name, now, { node: `n-${of}` });
  if (how === 'noNode')
    return crashOf(name, now, { class: 'scheduling', immediate: false, lacksNodes: true });
  return crashOf(name, now);
}

function fail(model: Model, n: number, nth: number, signal: Signal | undefined): void {
  const uid = `w-${n}/${nth}`;
  show(model.world, deployment(`w-${n}`), uid, signal === undefined ? [] : [signal]);
  note(model, uid, signal);
}

function note({ since, world }: Model, uid: string, signal: Signal | undefined): void {
  if (signal === undefined) since.delete(uid);
  else since.set(uid, world.now);
}

/** Long enough for every hold, settle and quiet that can come before an incident. */
const PATIENCE = 30 * MINUTE;

function check(model: Model): void {
  const { world, since, disturbedAt } = model;
  const all = [...world.incidents.values()];
  const open = all.filter(({ status }) => status.recoveredAt === undefined);
  const keys = open.map(({ spec }) => spec.key);
  if (new Set(keys).size < keys.length) throw new Error('two open incidents for one owner');
  for (const [uid, { owner: ref }] of world.shown) {
    const age = world.now - Math.max(since.get(uid) ?? world.now, disturbedAt, world.bornAt);
    if (age > PATIENCE && !isTold(world, open, keyOf(ref)))
      throw new Error(`${ref.name} has failed for long and is in no incident`);
  }
  checkStorms(world, open);
}

/** In an incident of its own, in one that a standing one speaks for, or in the storm's because there are too many. */
function isTold({ incidents, options }: CommonWorld, open: readonly Incident[], key: string): boolean {
  const own = open.find(({ spec }) => spec.key === key);
  const storm = open.some(({ spec }) => spec.trigger === 'storm');
  if (own === undefined) return storm && incidents.size >= options.maxIncidents;
  const cause = own.spec.cause;
  if (cause === undefined) return true;
  return open.some(({ name, spec }) => name === cause.incident && (spec.cause === undefined || storm));
}

function checkStorms(world: CommonWorld, open: readonly Incident[]): void {
  for (const { spec, name } of open) {
    const { cause } = spec;
    if (cause?.kind !== 'storm') continue;
    const storm = world.incidents.get(cause.incident);
    const isFailing = [...world.shown.values()].some((one) => keyOf(one.owner) === spec.key);
    if (
      storm?.status.recoveredAt !== undefined &&
      isFailing &&
      storm.status.recoveredAt < world.now - PATIENCE
    )
      throw new Error(`${name} still fails and its storm has long been over`);
  }
}

test('no history breaks a rule of what owners have in common', () => {
  const seen = new Set<string>();
  const property = fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => {
    const model: Model = { world: createCommonWorld(limits), since: new Map(), disturbedAt: 0 };
    for (const one of steps) carryOut(model, one);
    check(model);
    model.world.decisionsLeft = Infinity;
    carryOut(model, { kind: 'wait', ms: 45 * MINUTE });
    carryOut(model, { kind: 'file' });
    carryOut(model, { kind: 'wait', ms: 45 * MINUTE });
    checkEnd(model);
    for (const { kind } of model.world.decisions) seen.add(kind);
  });
  fc.assert(property, { numRuns: Number(process.env['RUNS'] ?? 400) });
  // Histories that never get anywhere would prove nothing.
  const all = ['comment', 'fold', 'note', 'open', 'recover', 'recur', 'suspect', 'unfold'];
  expect([...seen].toSorted()).toEqual(all);
});

/** When all has been quiet for long: what fails is told, what does not is over, and a new process sees it the same way. */
function checkEnd({ world }: Model): void {
  const failing = new Set([...world.shown.values()].map((one) => keyOf(one.owner)));
  const open = [...world.incidents.values()].filter(({ status }) => status.recoveredAt === undefined);
  for (const key of failing) if (!isTold(world, open, key)) throw new Error('a failure is in no incident');
  for (const { spec, name } of open) {
    if (spec.trigger === 'automatic' && !failing.has(spec.key)) throw new Error(`${name} is over and stands`);
  }
  const changes = restart(world).filter(({ kind }) => kind !== 'suspect');
  if (changes.length > 0) throw new Error(`a restart decides ${changes.map(({ kind }) => kind).join(', ')}`);
}
