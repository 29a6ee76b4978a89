import { describe, expect, test } from '@jest/globals';
import { sharedCause } from '../../src/correlate/identity.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import {
  type CommonWorld,
  crashOf,
  createCommonWorld,
  deleteIncident,
  deployment,
  file,
  lackingSecret,
  newestOf,
  nodeIsLost,
  nodeNamed,
  restart,
  sandboxFails,
  show,
  standing,
  wait,
} from './common-world.ts';
import { NOW, options, keyOf } from './fixtures.ts';

const QUIET = options.resolveAfterMs;
const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db', uid: '' };
const SECRET_KEY = sharedCause(secret, keyOf).key;

function phases(world: CommonWorld): Record<string, string> {
  return Object.fromEntries(
    [...world.incidents.values()].map(({ spec, status }) => [
      `${spec.target.name}${spec.trigger === 'automatic' ? '' : ` (${spec.trigger})`}`,
      `${status.phase}${status.recoveredAt === undefined ? '' : ' over'}`,
    ]),
  );
}

function incidentOf(world: CommonWorld, name: string): Incident | undefined {
  return newestOf(world, keyOf(deployment(name)));
}

/** Owners `a`, `b`, … crash, each with one pod. */
function crash(world: CommonWorld, ...names: readonly string[]): void {
  for (const name of names) show(world, deployment(name), name, [crashOf(name, world.now)]);
}

function heal(world: CommonWorld, ...names: readonly string[]): void {
  for (const name of names) show(world, deployment(name), name, []);
}

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `w-${n}`);
}

describe('the pods of a node that does not answer', () => {
  function lose(): CommonWorld {
    const world = createCommonWorld();
    show(world, nodeNamed('n1'), 'n1', [nodeIsLost('n1', world.now)]);
    return world;
  }

  test('belong to the incident of the node', () => {
    const world = lose();
    for (const name of ['a', 'b'])
      show(world, deployment(name), name, [crashOf(name, world.now, { node: 'n1' })]);
    wait(world, MINUTE);
    // The hold of the node is not over: nothing is filed, and nothing is lost.
    expect(phases(world)).toEqual({});
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded', b: 'Folded' });
    const node = newestOf(world, keyOf(nodeNamed('n1')));
    expect(incidentOf(world, 'a')?.status.foldedInto).toBe(node?.name);
    const opened = world.decisions.find(({ kind }) => kind === 'open');
    expect(opened).toMatchObject({
      findings: { common: { kind: 'node', members: [{ owner: { name: 'a' } }, { owner: { name: 'b' } }] } },
    });
  });

  test('are filed on their own when the node comes back before its hold is over', () => {
    const world = lose();
    show(world, deployment('a'), 'a', [crashOf('a', world.now, { node: 'n1' })]);
    wait(world, MINUTE);
    show(world, nodeNamed('n1'), 'n1', []);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed' });
  });

  test('are filed on their own when the node is back for a while and they still fail', () => {
    const world = lose();
    show(world, deployment('a'), 'a', [crashOf('a', world.now, { node: 'n1' })]);
    wait(world, 3 * MINUTE);
    file(world);
    // Nothing happens on a node that does not answer: nobody looks at its pods for long.
    wait(world, 6 * MINUTE);
    show(world, nodeNamed('n1'), 'n1', []);
    wait(world, QUIET - SECOND);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded' });
    wait(world, 2 * SECOND);
    file(world);
    expect(phases(world)).toMatchObject({ n1: 'Recovered over', a: 'Filed' });
    expect([...world.incidents.values()].filter(({ spec }) => spec.target.name === 'a')).toHaveLength(2);
  });

  test('do not belong to it when others of the same owner fail elsewhere', () => {
    const world = lose();
    show(world, deployment('a'), 'a1', [crashOf('a', world.now, { node: 'n1' })]);
    show(world, deployment('a'), 'a2', [crashOf('a', world.now, { node: 'n2' })]);
    wait(world, options.groupWaitMs);
    expect(phases(world)).toEqual({ a: 'Pending' });
  });

  test('belong to it when they find no node for it', () => {
    const world = lose();
    const pending = crashOf('a', world.now, { class: 'scheduling', lacksNodes: true });
    show(world, deployment('a'), 'a', [pending]);
    wait(world, 3 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded' });
  });

  test('recover silently with their own quiet', () => {
    const world = lose();
    show(world, deployment('a'), 'a', [crashOf('a', world.now, { node: 'n1' })]);
    wait(world, 3 * MINUTE);
    file(world);
    heal(world, 'a');
    wait(world, QUIET);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded over' });
  });

  test('are told of on a ticket that stood before', () => {
    const world = createCommonWorld();
    show(world, deployment('a'), 'a', [crashOf('a', world.now, { node: 'n1' })]);
    wait(world, MINUTE);
    file(world);
    show(world, nodeNamed('n1'), 'n1', [nodeIsLost('n1', world.now)]);
    wait(world, 3 * MINUTE);
    expect(incidentOf(world, 'a')?.status.comment).toBeUndefined();
    file(world);
    const node = newestOf(world, keyOf(nodeNamed('n1')));
    expect(incidentOf(world, 'a')?.status).toMatchObject({
      phase: 'Filed',
      linkedTo: node?.name,
      comment: { kind: 'linked' },
    });
    file(world);
    wait(world, MINUTE);
    expect(world.decisions.filter((one) => one.kind === 'comment' && one.comment === 'linked')).toHaveLength(
      1,
    );
  });
});

describe('owners that lack the same', () => {
  function lack(world: CommonWorld, ...owners: readonly string[]): void {
    for (const name of owners) show(world, deployment(name), name, [lackingSecret(name, world.now)]);
  }

  test('are one shared incident', () => {
    const world = createCommonWorld();
    lack(world, 'a', 'b', 'c');
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ 'db (shared)': 'Filed', a: 'Folded', b: 'Folded', c: 'Folded' });
    const shared = newestOf(world, SECRET_KEY);
    expect(shared?.spec).toMatchObject({ trigger: 'shared', target: secret });
  });

  test('a single one is no shared incident', () => {
    const world = createCommonWorld();
    lack(world, 'a');
    show(world, deployment('b'), 'b', [lackingSecret('b', world.now, 'other')]);
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed' });
  });

  test('the same name in another namespace is another Secret', () => {
    const world = createCommonWorld();
    lack(world, 'a');
    const elsewhere = { ...deployment('b'), namespace: 'other' };
    const signal = lackingSecret('b', world.now);
    show(world, elsewhere, 'b', [{ ...signal, regarding: { ...signal.regarding, namespace: 'other' } }]);
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed' });
  });

  test('one that was filed before is linked, later ones are folded', () => {
    const world = createCommonWorld();
    lack(world, 'a');
    wait(world, 2 * MINUTE);
    file(world);
    lack(world, 'b');
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', 'db (shared)': 'Filed', b: 'Folded' });
    expect(incidentOf(world, 'a')?.status.linkedTo).toBe(newestOf(world, SECRET_KEY)?.name);
    lack(world, 'c');
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toMatchObject({ c: 'Folded' });
  });

  test('it recovers when nobody lacks it any more, and not before', () => {
    const world = createCommonWorld();
    lack(world, 'a', 'b');
    wait(world, 2 * MINUTE);
    file(world);
    heal(world, 'a');
    wait(world, 2 * QUIET);
    expect(phases(world)).toMatchObject({ 'db (shared)': 'Filed', a: 'Folded over', b: 'Folded' });
    heal(world, 'b');
    wait(world, QUIET - SECOND);
    expect(phases(world)).toMatchObject({ 'db (shared)': 'Filed' });
    wait(world, 2 * SECOND);
    expect(phases(world)).toMatchObject({ 'db (shared)': 'Recovered over', b: 'Folded over' });
  });

  test('one that fails for something else by now is filed on its own, though others still lack it', () => {
    const world = createCommonWorld();
    lack(world, 'a', 'b', 'c');
    wait(world, 2 * MINUTE);
    file(world);
    crash(world, 'a');
    wait(world, QUIET + SECOND);
    file(world);
    expect(phases(world)).toMatchObject({ 'db (shared)': 'Filed', a: 'Filed', b: 'Folded' });
  });

  test('one that the API refuses speaks for nobody', () => {
    const world = createCommonWorld();
    lack(world, 'a', 'b');
    wait(world, 2 * MINUTE);
    const shared = newestOf(world, SECRET_KEY);
    if (shared === undefined) throw new Error('nothing was opened');
    world.incidents.set(shared.name, { ...shared, status: { phase: 'Rejected' } });
    restart(world);
    wait(world, MINUTE);
    file(world);
    expect(incidentOf(world, 'a')?.status.phase).not.toBe('Folded');
  });
});

describe('owners whose pods say the same, and nobody knows why', () => {
  const DUE = options.forMs.start + MINUTE;
  /** The pods of owners by their nodes. */
  function stop(world: CommonWorld, owners: Readonly<Record<string, string>>, said?: string): void {
    for (const [name, node] of Object.entries(owners))
      show(world, deployment(name), name, [sandboxFails(name, world.now, node, said)]);
  }
  const cause = 'FailedCreatePodSandBox (shared)';

  test('are one incident where two of them are on one node', () => {
    const world = createCommonWorld();
    stop(world, { a: 'n1', b: 'n1' });
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ [cause]: 'Filed', a: 'Folded', b: 'Folded' });
    restart(world);
    wait(world, HOUR);
    expect(standing(world)).toHaveLength(3);
  });

  test('two on two nodes are two, and three are one', () => {
    const world = createCommonWorld();
    stop(world, { a: 'n1', b: 'n2' });
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed' });
    stop(world, { c: 'n3' });
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed', [cause]: 'Filed', c: 'Folded' });
    expect(incidentOf(world, 'a')?.status.linkedTo).toBeDefined();
  });

  test('an owner with pods on many nodes is alone', () => {
    const world = createCommonWorld();
    for (const node of ['n1', 'n2', 'n3'])
      show(world, deployment('a'), node, [sandboxFails('a', world.now, node)]);
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed' });
  });

  test('other words, or none, are another failure', () => {
    const world = createCommonWorld();
    stop(world, { a: 'n1' });
    stop(world, { b: 'n1' }, 'dbus: connection closed');
    show(world, deployment('c'), 'c', [crashOf('c', world.now, { node: 'n1' })]);
    show(world, deployment('d'), 'd', [crashOf('d', world.now, { node: 'n1' })]);
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed', c: 'Filed', d: 'Filed' });
  });

  test('a cause that is named comes first', () => {
    const world = createCommonWorld();
    for (const name of ['a', 'b'])
      show(world, deployment(name), name, [
        { ...sandboxFails(name, world.now), sharedCause: { kind: 'NodeRuntime', name: 'n1' } },
      ]);
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ 'n1 (shared)': 'Filed', a: 'Folded', b: 'Folded' });
  });

  test('a node that is lost comes first', () => {
    const world = createCommonWorld();
    show(world, nodeNamed('n1'), 'n1', [nodeIsLost('n1', world.now)]);
    stop(world, { a: 'n1', b: 'n1' });
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded', b: 'Folded' });
  });

  test('it lasts until the last of them is well, and one that fails for something else gets a ticket', () => {
    const world = createCommonWorld();
    stop(world, { a: 'n1', b: 'n1', c: 'n1' });
    wait(world, DUE);
    file(world);
    heal(world, 'a');
    crash(world, 'b');
    wait(world, QUIET + MINUTE);
    file(world);
    expect(phases(world)).toEqual({ [cause]: 'Filed', a: 'Folded over', b: 'Filed', c: 'Folded' });
    heal(world, 'c');
    wait(world, QUIET + MINUTE);
    expect(phases(world)).toMatchObject({ [cause]: 'Recovered over', c: 'Folded over', b: 'Filed' });
  });

  test('a pod that was refused and has a successor counts for nothing', () => {
    const world = createCommonWorld();
    const refused = (name: string): void => {
      const signal = {
        ...sandboxFails(name, world.now),
        class: 'eviction' as const,
        reason: 'UnexpectedAdmissionError',
      };
      show(world, deployment(name), name, [signal]);
    };
    for (const name of ['a', 'b']) world.health.set(keyOf(deployment(name)), 'notReady');
    for (const name of ['a', 'b', 'c', 'd']) refused(name);
    wait(world, options.forMs.eviction + MINUTE);
    file(world);
    const refusals = 'UnexpectedAdmissionError (shared)';
    expect(phases(world)).toEqual({ [refusals]: 'Filed', a: 'Folded', b: 'Folded' });
    // Others serve in their place; they stay in the cluster as they are.
    for (const name of ['a', 'b']) world.health.set(keyOf(deployment(name)), 'ready');
    wait(world, QUIET + 2 * MINUTE);
    file(world);
    expect(phases(world)).toEqual({ [refusals]: 'Recovered over', a: 'Folded over', b: 'Folded over' });
    // One that is refused later is alone.
    world.health.set(keyOf(deployment('e')), 'notReady');
    refused('e');
    wait(world, options.forMs.eviction + MINUTE);
    file(world);
    expect(phases(world)).toMatchObject({ e: 'Filed' });
  });

  test('a volume is named where no more fail for the message than for it', () => {
    const world = createCommonWorld();
    const fail = (name: string, node: string, volume: string): void =>
      show(world, deployment(name), name, [
        { ...sandboxFails(name, world.now, node), sharedCause: { kind: 'PersistentVolume', name: volume } },
      ]);
    fail('a', 'n1', 'pvc-x');
    fail('b', 'n1', 'pvc-x');
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ 'pvc-x (shared)': 'Filed', a: 'Folded', b: 'Folded' });
    const other = createCommonWorld();
    for (const [name, volume] of Object.entries({ a: 'pvc-x', b: 'pvc-x', c: 'pvc-y', d: 'pvc-z' }))
      show(other, deployment(name), name, [
        { ...sandboxFails(name, other.now, 'n1'), sharedCause: { kind: 'PersistentVolume', name: volume } },
      ]);
    wait(other, DUE);
    file(other);
    expect(phases(other)).toEqual({ [cause]: 'Filed', a: 'Folded', b: 'Folded', c: 'Folded', d: 'Folded' });
  });

  test('two servers that are silent in the same words are two causes', () => {
    const world = createCommonWorld();
    for (const [name, server] of Object.entries({ a: '10.1.2.3', b: '10.9.9.9' }))
      show(world, deployment(name), name, [
        { ...sandboxFails(name, world.now), sharedCause: { kind: 'FileServer', name: server } },
      ]);
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed', b: 'Filed' });
  });

  test('one that joins late is on the same ticket', () => {
    const world = createCommonWorld();
    stop(world, { a: 'n1', b: 'n1' });
    wait(world, DUE);
    file(world);
    wait(world, 2 * HOUR);
    stop(world, { c: 'n2' });
    wait(world, DUE);
    file(world);
    expect(phases(world)).toEqual({ [cause]: 'Filed', a: 'Folded', b: 'Folded', c: 'Folded' });
    expect(world.decisions.some((one) => one.kind === 'comment' && one.comment === 'grown')).toBe(true);
  });
});

describe('a storm', () => {
  test('of more than ten in a minute is one incident that lists them all', () => {
    const world = createCommonWorld();
    crash(world, ...names(50));
    wait(world, MINUTE);
    file(world);
    const tickets = standing(world).filter(({ status }) => status.phase === 'Filed');
    expect(tickets).toHaveLength(1);
    expect(tickets[0]?.spec.trigger).toBe('storm');
    const opened = world.decisions.find((one) => one.kind === 'open');
    // Nothing has ever failed here, and these have just begun.
    expect(opened).toMatchObject({ findings: { common: { isFirst: false } } });
    expect(opened?.kind === 'open' && opened.findings.common?.members.length).toBe(50);
    expect(standing(world).filter(({ status }) => status.phase === 'Folded')).toHaveLength(50);
  });

  test('ten in a minute are ten incidents', () => {
    const world = createCommonWorld();
    crash(world, ...names(10));
    wait(world, MINUTE);
    file(world);
    expect(standing(world).map(({ spec }) => spec.trigger)).toEqual(Array(10).fill('automatic'));
  });

  test('more than sixty in an hour are one, too', () => {
    const world = createCommonWorld();
    for (const name of names(70)) {
      crash(world, name);
      wait(world, 20 * SECOND);
    }
    wait(world, MINUTE);
    file(world);
    const own = standing(world).filter(
      ({ spec }) => spec.trigger === 'automatic' && spec.cause === undefined,
    );
    expect(own).toHaveLength(60);
    expect(standing(world).filter(({ spec }) => spec.trigger === 'storm')).toHaveLength(1);
    expect(standing(world).filter(({ status }) => status.phase === 'Folded')).toHaveLength(10);
  });

  test('has nothing to do with failures an hour later', () => {
    const world = createCommonWorld();
    crash(world, ...names(50));
    wait(world, 61 * MINUTE);
    file(world);
    crash(world, 'late');
    wait(world, MINUTE);
    file(world);
    expect(incidentOf(world, 'late')?.status.phase).toBe('Filed');
  });

  test('recovers with its last member', () => {
    const world = createCommonWorld();
    crash(world, ...names(20));
    wait(world, MINUTE);
    file(world);
    heal(world, ...names(19));
    wait(world, 3 * QUIET);
    const storm = () => standing(world).find(({ spec }) => spec.trigger === 'storm');
    expect(storm()?.status.phase).toBe('Filed');
    heal(world, 'w-19');
    wait(world, QUIET - SECOND);
    expect(storm()).toBeDefined();
    // A cause is looked at once a second.
    wait(world, 2 * SECOND);
    expect(storm()).toBeUndefined();
    expect(standing(world)).toEqual([]);
  });

  test('stands as long as a member lacks replicas', () => {
    const world = createCommonWorld();
    crash(world, ...names(20));
    wait(world, MINUTE);
    file(world);
    world.health.set(keyOf(deployment('w-3')), 'notReady');
    heal(world, ...names(20));
    wait(world, 3 * QUIET);
    expect(
      standing(world)
        .map(({ spec }) => spec.target.name)
        .toSorted(),
    ).toEqual(['many-workloads', 'w-3']);
  });

  test('a restart in the middle of it changes nothing', () => {
    const world = createCommonWorld();
    crash(world, ...names(30));
    wait(world, MINUTE);
    file(world);
    const before = phases(world);
    expect(restart(world)).toEqual([]);
    wait(world, 5 * MINUTE);
    file(world);
    expect(phases(world)).toEqual(before);
  });

  test('one that comes again is told on the same ticket', () => {
    const world = createCommonWorld();
    crash(world, ...names(20));
    wait(world, MINUTE);
    file(world);
    heal(world, ...names(20));
    wait(world, 2 * QUIET);
    crash(world, ...names(20));
    wait(world, MINUTE);
    const storms = [...world.incidents.values()].filter(({ spec }) => spec.trigger === 'storm');
    expect(storms.map(({ status }) => status.phase)).toEqual(['Filed']);
    expect(world.decisions.filter(({ kind }) => kind === 'recur')).toHaveLength(1);
  });

  test('one whose Incident was deleted by hand is opened again', () => {
    const world = createCommonWorld();
    crash(world, ...names(20));
    wait(world, MINUTE);
    file(world);
    const storm = standing(world).find(({ spec }) => spec.trigger === 'storm');
    deleteIncident(world, storm?.name ?? '');
    wait(world, 2 * MINUTE);
    file(world);
    const folded = standing(world).filter(({ spec }) => spec.cause !== undefined);
    const again = standing(world).find(({ spec }) => spec.trigger === 'storm');
    expect(again).toBeDefined();
    expect(folded).toHaveLength(20);
    expect(new Set(folded.map(({ spec }) => spec.cause?.incident))).toEqual(new Set([again?.name]));
  });
});

test('thousands of failures cost an Incident each up to the limit, and are judged together', () => {
  const world = createCommonWorld({ maxIncidents: 500 });
  crash(world, ...names(3_000));
  wait(world, MINUTE);
  file(world);
  wait(world, 5 * MINUTE);
  expect(world.incidents.size).toBe(500);
  expect(standing(world).filter(({ spec }) => spec.cause === undefined)).toHaveLength(1);
  const opened = world.decisions.find((one) => one.kind === 'open');
  expect(opened?.kind === 'open' && opened.findings.common?.members.length).toBe(3_000);
  // Evidence is gathered early for the first few alone, and nothing is decided twice.
  expect(world.decisions.filter(({ kind }) => kind === 'suspect').length).toBeLessThan(20);
  expect(world.decisions.length).toBeLessThan(540);
});

describe('more failures than there may be Incidents', () => {
  const limited = { maxIncidents: 12, storm: { perMinute: 1_000, perHour: 1_000 } };

  test('are told by the incident of the storm alone', () => {
    const world = createCommonWorld(limited);
    crash(world, ...names(12));
    wait(world, MINUTE);
    file(world);
    crash(world, 'x', 'y', 'z');
    wait(world, MINUTE);
    file(world);
    expect(world.incidents.size).toBe(13);
    const opened = world.decisions.filter((one) => one.kind === 'open').at(-1);
    expect(opened).toMatchObject({
      findings: { affected: ['Deployment shop/x', 'Deployment shop/y', 'Deployment shop/z'] },
    });
  });

  test('get an Incident when there is room again', () => {
    const world = createCommonWorld(limited);
    crash(world, ...names(12));
    wait(world, MINUTE);
    crash(world, 'x');
    wait(world, MINUTE);
    file(world);
    for (const name of [...world.incidents.keys()].slice(0, 3)) {
      const found = world.incidents.get(name);
      heal(world, found?.spec.target.name ?? '');
    }
    wait(world, QUIET + MINUTE);
    for (const { name, status } of world.incidents.values())
      if (status.recoveredAt !== undefined) deleteIncident(world, name);
    wait(world, 2 * MINUTE);
    file(world);
    expect(incidentOf(world, 'x')?.status.phase).toBe('Folded');
  });
});

describe('where a common cause ends, and what it is not', () => {
  test('what lacks the same in a storm is on the ticket of the shared cause, which no storm takes in', () => {
    const world = createCommonWorld();
    crash(world, ...names(70));
    wait(world, MINUTE);
    file(world);
    for (const name of ['a', 'b']) show(world, deployment(name), name, [lackingSecret(name, world.now)]);
    wait(world, 3 * MINUTE);
    file(world);
    expect(newestOf(world, SECRET_KEY)?.status.phase).toBe('Filed');
    restart(world);
    wait(world, 3 * QUIET);
    expect(newestOf(world, SECRET_KEY)?.status.phase).toBe('Filed');
    expect(incidentOf(world, 'a')?.status.phase).toBe('Folded');
  });

  test('evicted pods that lie about make no storm', () => {
    const world = createCommonWorld();
    for (const name of names(20)) {
      const evicted = crashOf(name, world.now, { class: 'eviction', immediate: false });
      show(world, deployment(name), name, [evicted]);
    }
    wait(world, HOUR);
    crash(world, 'a');
    wait(world, MINUTE);
    file(world);
    expect(phases(world)).toEqual({ a: 'Filed' });
    expect(world.decisions.map(({ kind }) => kind)).toContain('suspect');
  });

  test('every owner that joins is told on the ticket, though not at once', () => {
    const world = createCommonWorld();
    crash(world, ...names(12));
    wait(world, MINUTE);
    file(world);
    const storm = () => standing(world).find(({ spec }) => spec.trigger === 'storm');
    wait(world, 11 * MINUTE);
    file(world);
    // It failed when the storm began, and its hold was longer.
    show(world, deployment('late'), 'late', [
      crashOf('late', NOW, { class: 'probe', immediate: false, reason: 'Unhealthy' }),
    ]);
    wait(world, 11 * MINUTE);
    expect(incidentOf(world, 'late')?.spec.cause?.kind).toBe('storm');
    expect(storm()?.status).toMatchObject({ comment: { kind: 'grown' }, affected: { count: 13 } });
  });

  test('a node that has been gone for days is not why a pod finds no other one today', () => {
    const world = createCommonWorld();
    show(world, nodeNamed('n1'), 'n1', [nodeIsLost('n1', world.now - 48 * HOUR)]);
    wait(world, MINUTE);
    file(world);
    const pending = crashOf('a', world.now, { class: 'scheduling', lacksNodes: true });
    show(world, deployment('a'), 'a', [pending]);
    wait(world, MINUTE);
    file(world);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Filed' });
  });

  test('a node that is cordoned while it does not answer keeps its pods', () => {
    const world = createCommonWorld();
    show(world, nodeNamed('n1'), 'n1', [nodeIsLost('n1', world.now)]);
    show(world, deployment('a'), 'a', [crashOf('a', world.now, { node: 'n1' })]);
    wait(world, 3 * MINUTE);
    file(world);
    world.health.set(keyOf(nodeNamed('n1')), 'notReady');
    show(world, nodeNamed('n1'), 'n1', []);
    wait(world, 3 * QUIET);
    file(world);
    expect(phases(world)).toEqual({ n1: 'Filed', a: 'Folded' });
  });

  test('an incident of the object itself is another one than that of those who lack it', () => {
    const world = createCommonWorld();
    show(world, secret, 's', [crashOf('s', world.now, { class: 'event' })]);
    wait(world, MINUTE);
    file(world);
    show(world, secret, 's', []);
    for (const name of ['a', 'b']) show(world, deployment(name), name, [lackingSecret(name, world.now)]);
    wait(world, 3 * MINUTE);
    file(world);
    expect(newestOf(world, SECRET_KEY)?.spec.trigger).toBe('shared');
    expect(incidentOf(world, 'a')?.status.phase).toBe('Folded');
  });

  test('who was told on the ticket of a storm gets no other one when the rate falls', () => {
    const world = createCommonWorld();
    crash(world, ...names(9));
    wait(world, 55 * SECOND);
    crash(world, 'x', 'y');
    wait(world, 2 * MINUTE);
    file(world);
    expect(phases(world)).toMatchObject({ x: 'Folded', y: 'Folded', 'many-workloads (storm)': 'Filed' });
  });

  test('a clock that was ahead makes no storm when it is right again', () => {
    const world = createCommonWorld();
    world.now += 48 * HOUR;
    crash(world, ...names(10));
    wait(world, MINUTE);
    file(world);
    world.now -= 48 * HOUR;
    crash(world, 'a');
    wait(world, MINUTE);
    file(world);
    expect(incidentOf(world, 'a')?.status.phase).toBe('Filed');
  });

  test('what else fails on a member is no business of what it lacks', () => {
    const world = createCommonWorld();
    show(world, deployment('a'), 'a', [lackingSecret('a', world.now)]);
    const other = crashOf('b', world.now, { class: 'image', reason: 'ErrImagePull' });
    show(world, deployment('b'), 'b', [other, lackingSecret('b', world.now)]);
    wait(world, 3 * MINUTE);
    const opened = world.decisions.find((one) => one.kind === 'open' && one.findings.common !== undefined);
    expect(opened).toMatchObject({
      findings: { signals: [{ class: 'config' }, { class: 'config' }] },
    });
  });
});

test('what failed before anybody watched is told as such where nothing was ever opened', () => {
  const world = createCommonWorld();
  for (const name of names(20)) show(world, deployment(name), name, [crashOf(name, world.now - HOUR)]);
  wait(world, MINUTE);
  expect(world.decisions.find((one) => one.kind === 'open')).toMatchObject({
    findings: { common: { kind: 'storm', isFirst: true } },
  });
});

test('but not where something was opened before', () => {
  const world = createCommonWorld();
  crash(world, 'a');
  wait(world, MINUTE);
  file(world);
  crash(world, ...names(20));
  wait(world, MINUTE);
  const storm = world.decisions.find((one) => one.kind === 'open' && one.findings.common?.kind === 'storm');
  expect(storm).toMatchObject({ findings: { common: { isFirst: false } } });
  expect(world.now).toBeGreaterThan(NOW);
});
