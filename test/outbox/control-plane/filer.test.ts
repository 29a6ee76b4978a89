import { describe, expect, test } from '@jest/globals';
import type { Ticket } from '../../../src/domain/ticket.ts';
import { type Fate, FOR_MS, LOOKUP_DELAY_MS, Replica, TICK_MS, World } from './replicas.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function aWorld(
  names: readonly string[] = ['a'],
  closeRecovered = false,
): { world: World; replicas: Replica[] } {
  const world = new World();
  return { world, replicas: names.map((name) => new Replica(name, world, closeRecovered)) };
}

async function outage(world: World, replicas: readonly Replica[], ms: number): Promise<void> {
  world.cutOff.add('all');
  await world.pass(ms, replicas);
  world.cutOff.delete('all');
}

describe('one replica', () => {
  test('an outage shorter than its time is nothing', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, FOR_MS - 2 * TICK_MS);
    await world.pass(HOUR, replicas);
    expect(world.tickets).toEqual([]);
  });

  test('an outage that lasts is one ticket, and one comment when it is over', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, 20 * MINUTE);
    expect(world.tickets).toHaveLength(1);
    const [filed] = world.open;
    expect(filed?.comments).toEqual([]);
    expect(filed?.subject).toContain('Control plane of cluster c0ffee: the API server refuses connections');
    await world.pass(HOUR, replicas);
    expect(world.open).toHaveLength(1);
    expect(world.open[0]?.comments.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^\*\*Takes writes again\*\*: .* It took none from .* \(20 min\)\.$/),
    ]);
  });

  test('the ticket says since when, from where, and in which words', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    world.failure = { kind: 'no-space', words: 'PUT x: 500 etcdserver: mvcc: database space exceeded' };
    await outage(world, replicas, 6 * MINUTE);
    const text = world.open[0]?.description ?? '';
    expect(text).toContain(
      'First request that failed: 2026-11-30 03:01:05 UTC. Last write that was taken, of any replica: 2026-11-30 03:01:00 UTC.',
    );
    expect(text).toContain('`node-of-a`');
    expect(text).toContain('`https://10.0.0.1`');
    expect(text).toContain('database space exceeded');
    expect(text).toContain('etcdctl alarm list');
  });

  test('the ticket that a person closed while it lasts is not filed again', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    world.fate = () => 'answerLost';
    world.cutOff.add('all');
    await world.pass(FOR_MS + 2 * TICK_MS, replicas);
    expect(world.tickets).toHaveLength(1);
    const [entry] = world.tickets;
    if (entry !== undefined) entry.ticket = { ...entry.ticket, status: 'closed' };
    world.fate = () => 'answered';
    await world.pass(HOUR, replicas);
    expect(world.tickets).toHaveLength(1);
  });

  test('a second outage while the ticket is open is a comment on it', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, 10 * MINUTE);
    await world.pass(HOUR, replicas);
    await outage(world, replicas, 10 * MINUTE);
    await world.pass(HOUR, replicas);
    expect(world.tickets).toHaveLength(1);
    expect(world.open[0]?.comments.map(({ body }) => body.split('**')[1])).toEqual([
      'Takes writes again',
      'Takes no writes again',
      'Takes writes again',
    ]);
  });

  test('with closeRecovered the ticket is closed, and the next outage has its own', async () => {
    const { world, replicas } = aWorld(['a'], true);
    await world.pass(MINUTE, replicas);
    for (let round = 0; round < 2; round += 1) {
      await outage(world, replicas, 10 * MINUTE);
      await world.pass(HOUR, replicas);
    }
    expect(world.tickets.map(({ ticket }) => ticket.status)).toEqual(['closed', 'closed']);
  });

  test('while the ticket API cannot be reached it is asked once a minute or less', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    let sent = 0;
    world.fate = () => {
      sent += 1;
      return 'notSent';
    };
    await outage(world, replicas, 30 * MINUTE);
    expect(sent).toBeGreaterThan(20);
    expect(sent).toBeLessThan(60);
  });

  test("a ticket that is refused in the API's own words is not sent again", async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    let sent = 0;
    world.fate = () => {
      sent += 1;
      return 'rejected';
    };
    await outage(world, replicas, 30 * MINUTE);
    expect(sent).toBe(1);
  });

  test('a process that stood still for an hour concludes nothing from that', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, MINUTE);
    world.elapsed += HOUR;
    await world.pass(HOUR, replicas);
    expect(world.tickets).toEqual([]);
  });

  test('a new process says the end of an outage that it has not seen', async () => {
    const { world, replicas } = aWorld();
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, 10 * MINUTE);
    const later = [new Replica('a2', world)];
    await world.pass(HOUR, later);
    expect(world.open[0]?.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('This replica has seen no outage itself'),
    ]);
  });
});

describe('two replicas', () => {
  test('the last leader files, and the other one finds its ticket', async () => {
    const { world, replicas } = aWorld(['a', 'b']);
    await world.pass(MINUTE, replicas);
    await outage(world, replicas, HOUR);
    expect(world.log.filter((line) => line.endsWith('created'))).toEqual(['365 T1 created']);
    await world.pass(HOUR, replicas);
    expect(world.open.map(({ comments }) => comments.length)).toEqual([1]);
  });

  test('the other one files when the last leader is gone', async () => {
    const { world, replicas } = aWorld(['a', 'b']);
    await world.pass(MINUTE, replicas);
    world.cutOff.add('all');
    await world.pass(HOUR, replicas.slice(1));
    expect(world.tickets).toHaveLength(1);
    world.cutOff.clear();
    await world.pass(HOUR, replicas.slice(1));
    expect(world.open[0]?.comments).toHaveLength(1);
  });

  test('a leader that is alone cut off files, and the one that leads says that the API server works', async () => {
    const { world, replicas } = aWorld(['a', 'b']);
    await world.pass(MINUTE, replicas);
    world.cutOff.add('a');
    await world.pass(HOUR, replicas);
    expect(world.open.map(({ comments }) => comments.map(({ body }) => body))).toEqual([
      [expect.stringContaining('`node-of-b`')],
    ]);
    world.cutOff.clear();
    await world.pass(HOUR, replicas);
    expect(world.open.map(({ comments }) => comments.length)).toEqual([1]);
  });
});

describe('with kills, lost answers and slow lists', () => {
  const seeds = Array.from({ length: 300 }, (_, at) => at + 1);

  test('one replica: one ticket for an outage, never a double, and its end is said', async () => {
    for (const seed of seeds) {
      const { world, isSure, kept } = await play(seed, ['a']);
      const log = `${seed}: ${world.log.join('; ')}`;
      expect({ log, all: world.tickets.length }).toEqual({ log, all: isSure ? 1 : kept.length });
      expect({ log, said: kept.map(newsOf) }).toEqual({ log, said: kept.map(() => ['Takes writes again']) });
    }
  });

  test('two replicas: one ticket stays for an outage, and its end is said', async () => {
    for (const seed of seeds) {
      const { world, isSure, kept } = await play(seed, ['a', 'b']);
      const log = `${seed}: ${world.log.join('; ')}`;
      expect({ log, kept: kept.length }).toEqual({ log, kept: isSure ? 1 : Math.min(1, kept.length) });
      expect({ log, said: kept.map(newsOf) }).toEqual({ log, said: kept.map(() => ['Takes writes again']) });
    }
  });
});

/** The bold words of each comment. */
function newsOf({ comments }: Ticket): readonly (string | undefined)[] {
  return comments.map(({ body }) => body.split('**')[1]);
}

const fates: readonly Fate[] = ['answered', 'answered', 'notSent', 'answerLost', 'lateAndLost', 'lost'];

interface Chances {
  readonly lengthMs: number;
  /** When the first replica is killed, after the begin of the outage. */
  readonly killAt: number;
  readonly apiDownFrom: number;
  readonly apiDownTo: number;
}

function draw(random: () => number): Chances {
  const lengthMs = FOR_MS / 2 + random() * 2 * HOUR;
  const killAt = random() < 0.5 ? random() * lengthMs : Infinity;
  const apiDownFrom = random() * lengthMs;
  return { lengthMs, killAt, apiDownFrom, apiDownTo: apiDownFrom + random() * (lengthMs - apiDownFrom) };
}

/**
 * One outage with chances of all kinds, and a quiet time after it. `isSure`: nobody was killed, and both APIs were as they must be for long
 * enough. `kept`: the tickets that were not closed as doubles.
 */
async function play(
  seed: number,
  names: readonly string[],
): Promise<{ world: World; isSure: boolean; kept: readonly Ticket[] }> {
  const random = mulberry(seed);
  const { world, replicas } = aWorld(names);
  world.fate = () => fates[Math.floor(random() * fates.length)] ?? 'answered';
  world.listLagMs = () => random() * (LOOKUP_DELAY_MS - 3 * TICK_MS);
  await world.pass(MINUTE, replicas);
  const chances = draw(random);
  const alive = await throughOutage(world, replicas, chances);
  await world.pass(2 * HOUR, alive);
  world.fate = () => 'answered';
  await world.pass(HOUR, alive);
  const { lengthMs, killAt, apiDownTo } = chances;
  const isSure = killAt === Infinity && lengthMs > FOR_MS + HOUR / 2 && lengthMs - apiDownTo > HOUR / 2;
  const isDouble = ({ comments }: Ticket): boolean => comments.some(({ body }) => body.includes('double'));
  return { world, isSure, kept: world.tickets.map(({ ticket }) => ticket).filter((one) => !isDouble(one)) };
}

/** The replicas that live at its end; a new one can begin only then. */
async function throughOutage(
  world: World,
  replicas: readonly Replica[],
  { lengthMs, killAt, apiDownFrom, apiDownTo }: Chances,
): Promise<readonly Replica[]> {
  const startedAt = world.elapsed;
  world.cutOff.add('all');
  for (let at = 0; at < lengthMs; at = world.elapsed - startedAt) {
    world.isTicketApiDown = at > apiDownFrom && at < apiDownTo;
    await world.tick(at > killAt ? replicas.slice(1) : replicas);
  }
  world.cutOff.clear();
  world.isTicketApiDown = false;
  return killAt === Infinity ? replicas : [...replicas.slice(1), new Replica('c', world)];
}

/** Random numbers in [0, 1) from a seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
