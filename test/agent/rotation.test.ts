import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { Outbox } from '../../src/outbox/index.ts';
import { createTicketClient, createTokenFile } from '../../src/tickets/index.ts';
import { anIncident, createKit, type Kit } from '../outbox/fixtures.ts';
import { startProxy, type TestProxy } from '../tickets/api/servers.ts';
import {
  type Authority,
  type Certificates,
  createCertificates,
  type KeyPair,
} from '../tickets/api/certificates.ts';

/*
 * A hundred Incidents wait because of a file that is wrong. It is put right, as the kubelet does it, and all of them are filed by
 * the same process: the real outbox and client, files, TLS and the desk. Only the waits are on a clock that the test moves.
 */
const WAITING = 100;
const LOCAL = ['DNS:localhost', 'IP:127.0.0.1'];

let certificates: Certificates;
let authority: Authority;
let folder: string;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  certificates = createCertificates();
  authority = certificates.authority('authority');
  folder = mkdtempSync(join(tmpdir(), 'rotation-'));
});

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  certificates.remove();
  rmSync(folder, { recursive: true });
});

/** A mounted Secret: `name` is a link into a folder that is exchanged as a whole. Returns the path, and what exchanges it. */
function mounted(
  name: string,
  content: string,
): { readonly path: string; readonly rotate: (to: string) => void } {
  const mount = join(folder, name);
  let version = 0;
  const rotate = (to: string): void => {
    version += 1;
    mkdirSync(join(mount, `..${version}`), { recursive: true });
    writeFileSync(join(mount, `..${version}`, name), to);
    symlinkSync(`..${version}`, join(mount, '..next'));
    renameSync(join(mount, '..next'), join(mount, '..data'));
  };
  rotate(content);
  symlinkSync(join('..data', name), join(mount, name));
  return { path: join(mount, name), rotate };
}

async function openDesk(token: string, tls: KeyPair): Promise<Desk> {
  const desk = await createDesk({ file: ':memory:', tokens: [{ token }], tls, host: '127.0.0.1', port: 0 });
  ends.push(() => desk.close());
  return desk;
}

interface Files {
  readonly token: string;
  readonly ca: string;
  readonly proxy?: { readonly url: string; readonly credentialsFile: string };
}

interface Run extends Kit {
  readonly outbox: Outbox;
  /** Moves time on until the outbox is as wanted. */
  readonly pass: (what: string, isReached: () => boolean) => Promise<void>;
}

/** An outbox with a hundred Incidents that files at `desk`. */
function start(desk: Desk, { token, ca, proxy }: Files): Run {
  const many = Array.from({ length: WAITING }, (_none, n) =>
    anIncident({}, { name: `shop-${n}`, uid: `u-${n}`, spec: { key: `key${n}.` } }),
  );
  const kit = createKit(many, [], { maxPerMinute: Infinity });
  const client = createTicketClient({
    url: desk.url.replace('127.0.0.1', 'localhost'),
    token: createTokenFile(token),
    caFile: ca,
    ...(proxy === undefined ? {} : { proxy }),
    clock: kit.clock,
    firstWaitMs: 1,
  });
  const outbox = new Outbox({ ...kit, ticketApi: client });
  for (const incident of many) kit.incidents.upsert(incident);
  const stop = new AbortController();
  const done = outbox.run(stop.signal, stop.signal);
  ends.push(async () => {
    stop.abort();
    await done;
    client.disconnect();
  });
  const pass = async (what: string, isReached: () => boolean): Promise<void> => {
    const deadline = performance.now() + 15 * SECOND;
    while (!isReached()) {
      if (performance.now() > deadline) throw new Error(`in vain: ${what}; ${kit.told.join(', ')}`);
      await kit.clock.advance(SECOND);
      // What is under way on sockets takes real time.
      await delay(2);
    }
  };
  return Object.assign(kit, { outbox, pass });
}

function countOf(desk: Desk): number {
  return desk.store.list({ statuses: [], now: Infinity, limit: 1_000, offset: 0 }).rows.length;
}

/** All wait, for one reason that was told once, at the cost of a few requests. Then it is fixed. */
async function waitAndMend(run: Run, desk: Desk, fix: () => void): Promise<void> {
  const { told, pass, outbox, clock } = run;
  await pass('a block', () => told.some((line) => line.startsWith('blocked')));
  const until = clock.monotonic() + 10 * MINUTE;
  await pass('ten minutes', () => clock.monotonic() >= until);
  expect(told.filter((line) => line.startsWith('blocked'))).toHaveLength(1);
  expect(outbox.pending().count).toBe(WAITING);
  fix();
  await pass('all tickets', () => outbox.pending().count === 0);
  expect(countOf(desk)).toBe(WAITING);
  expect(told.filter((line) => line.startsWith('filed'))).toHaveLength(WAITING);
  expect(told).toContain('unblocked');
}

test('a token that is refused is exchanged', async () => {
  const desk = await openDesk('the-new-token', authority.issue(LOCAL));
  const token = mounted('token', 'the-old-token\n');
  const run = start(desk, { token: token.path, ca: mounted('ca.crt', authority.pem).path });
  await waitAndMend(run, desk, () => {
    // 401 pauses for 30 s at first and 5 min at last: not one request for each Incident.
    expect(desk.received().length).toBeLessThan(12);
    token.rotate('the-new-token\n');
  });
  expect(run.told).toContain('blocked 401: Invalid token');
});

test('an authority is exchanged', async () => {
  const successor = certificates.authority('successor');
  const desk = await openDesk('token', successor.issue(LOCAL));
  const ca = mounted('ca.crt', authority.pem);
  const run = start(desk, { token: mounted('token', 'token').path, ca: ca.path });
  await waitAndMend(run, desk, () => {
    expect(desk.received()).toEqual([]);
    ca.rotate(successor.pem);
  });
});

test('the credentials of a proxy are exchanged', async () => {
  const desk = await openDesk('token', authority.issue(LOCAL));
  const proxy: TestProxy = await startProxy();
  ends.push(() => proxy.close());
  proxy.login = 'agent:the-new-one';
  const login = mounted('credentials', 'agent:the-old-one');
  const run = start(desk, {
    token: mounted('token', 'token').path,
    ca: mounted('ca.crt', authority.pem).path,
    proxy: { url: `http://127.0.0.1:${proxy.port}`, credentialsFile: login.path },
  });
  await waitAndMend(run, desk, () => {
    expect(desk.received()).toEqual([]);
    login.rotate('agent:the-new-one');
  });
});
