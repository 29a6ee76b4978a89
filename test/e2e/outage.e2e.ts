import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { addDiagnosis } from './support/diagnostics.ts';
import { crash, createPod, heal } from './support/played-pods.ts';
import { createIncidentCrd, deleteIncidentCrd, type Program, startProgram } from './support/program.ts';
import { eventually, throughout } from './support/wait.ts';
import { type BreakablePlane, startBreakablePlane } from './support/watch/control-plane.ts';

/**
 * A real API server and etcd of our own, with pods that the tests play, and the program beside them. What is known of tickets is
 * taken away from the agent, or the Kubernetes API itself: there is one ticket all the same.
 */
const SECOND = 1_000;
/** Longer than the longest pause between two tries to open a watch, and far less than the minutes between two freshness checks. */
const FOUND_OUT_MS = 60 * SECOND;
const TOKEN = 'token-of-the-outage-suite';
const NAMESPACE = 'agent';
const incidentsPath = `/apis/support.ankra.app/v1alpha1/namespaces/${NAMESPACE}/incidents`;

let plane: BreakablePlane;
let desk: Desk;
let program: Program;
let pod = 0;

beforeAll(async () => {
  plane = await startBreakablePlane();
  await createIncidentCrd(plane.admin);
  for (const name of [NAMESPACE, 'shop'])
    await plane.admin.json({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
}, 120 * SECOND);

function start(): Promise<Program> {
  return startProgram({
    kubeconfig: plane.adminKubeconfigPath,
    namespace: NAMESPACE,
    token: TOKEN,
    config: {
      ticketApi: { url: desk.url, lookupDelay: '1s' },
      groupWait: '0s',
      resolveAfter: '2s',
      lease: { duration: '3s', renewDeadline: '2s', retryPeriod: '300ms' },
      http: { host: '127.0.0.1', port: 0 },
    },
  });
}

addDiagnosis(async () => program.log());
// The objects as they are, and what the agent says of its watches and queues.
addDiagnosis(() => shown('/api/v1/namespaces/shop/pods'));
addDiagnosis(() => shown(incidentsPath));
addDiagnosis(async () => {
  const [, port = ''] = /"port":(\d+)/.exec(program.log()) ?? [];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => !/^#| 0$|_bucket/.test(line))
    .join('\n');
});

async function shown(path: string): Promise<string> {
  const { items } = await plane.admin.json<{ readonly items: readonly object[] }>({ path });
  return items.map((item) => JSON.stringify(item)).join('\n');
}

beforeEach(async () => {
  desk = await createDesk({ file: ':memory:', tokens: [{ token: TOKEN }], host: '127.0.0.1', port: 0 });
  program = await start();
  pod += 1;
  await createPod(plane.admin, pod);
}, 60 * SECOND);

afterEach(async () => {
  await heal(plane.admin, pod).catch(() => undefined);
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write(program.log());
  await program.stop();
  await desk.close();
}, 60 * SECOND);

afterAll(async () => {
  await plane.close();
}, 30 * SECOND);

interface IncidentObject {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string; readonly ticketId?: string };
  readonly spec: { readonly target: { readonly name: string } };
}

async function incidents(n = pod): Promise<readonly IncidentObject[]> {
  const { items } = await plane.admin.json<{ readonly items: readonly IncidentObject[] }>({
    path: incidentsPath,
  });
  return items.filter(({ spec }) => spec.target.name === `shop-${n}`);
}

function inPhase(phase: string, withinMs = 40 * SECOND): Promise<IncidentObject> {
  return eventually(`an Incident that is ${phase}`, withinMs, async () => {
    const found = await incidents().catch(() => []);
    return found.find(({ status }) => (status?.phase ?? 'Pending') === phase);
  });
}

function tickets(n = pod): readonly { readonly id: string; readonly comments: readonly string[] }[] {
  // Pods of earlier tests end in the desk of this one.
  const text = `shop/shop-${n}:`;
  const { rows } = desk.store.list({ subject: text, limit: 100, offset: 0 });
  return rows.map(({ id }) => ({ id, comments: desk.store.comments(id).map(({ body }) => body) }));
}

test(
  'the custom resource is deleted while a failure stands: it is opened anew and finds its ticket',
  async () => {
    await crash(plane.admin, pod);
    const filed = await inPhase('Filed');
    await deleteIncidentCrd(plane.admin);
    await eventually('a word about it', 30 * SECOND, () =>
      program.log().includes('"reason":"missing"') ? true : undefined,
    );
    await createIncidentCrd(plane.admin);
    // What only an administrator can mend is looked at again after 30 to 60 s.
    const again = await inPhase('Filed', 100 * SECOND);
    expect(again.status?.ticketId).toBe(filed.status?.ticketId);
    await eventually('a comment', 20 * SECOND, () =>
      tickets()[0]?.comments.length === 1 ? true : undefined,
    );
    await throughout('one ticket', 5 * SECOND, () => tickets().length === 1);
  },
  250 * SECOND,
);

test(
  'the Kubernetes API is away, and back: what was seen before is filed once',
  async () => {
    desk.faults.add({ kind: 'down' });
    await crash(plane.admin, pod);
    await inPhase('Pending');
    await plane.kill('kube-apiserver');
    // Longer than the Lease lasts: nobody may file now, even if the desk is back.
    await delay(4 * SECOND);
    desk.faults.clear();
    await throughout('no ticket', 3 * SECOND, () => tickets().length === 0);
    await plane.start('kube-apiserver');
    await inPhase('Filed');
    await throughout('one ticket', 5 * SECOND, () => tickets().length === 1);
  },
  200 * SECOND,
);

test.each([
  ['and its versions stay behind those before', 100],
  ['and its versions are beyond those before at once', 0],
])(
  'etcd is restored from an older backup %s: a ticket that it does not know is found, and one that it knows hears the rest',
  async (_how, changesLost) => {
    const known = pod;
    await crash(plane.admin, known);
    await inPhase('Filed');
    pod += 1;
    await createPod(plane.admin, pod);
    await plane.backUp();
    await crash(plane.admin, pod);
    const filed = await inPhase('Filed');
    for (let n = 0; n < changesLost; n += 1) await crash(plane.admin, pod);
    // An API server that starts writes some dozens of objects.
    await plane.restore();
    const left = await eventually('the Incidents', 30 * SECOND, () => incidents().catch(() => undefined));
    expect(left).toEqual([]);
    // Nobody starts the program again. The pods are as they were, too: their kubelet says again how they are.
    await heal(plane.admin, known);
    await crash(plane.admin, pod);
    const again = await inPhase('Filed', FOUND_OUT_MS);
    expect(again.status?.ticketId).toBe(filed.status?.ticketId);
    await eventually('the recovery on the ticket', FOUND_OUT_MS, () =>
      tickets(known)[0]?.comments.length === 1 ? true : undefined,
    );
    await throughout(
      'one ticket each',
      5 * SECOND,
      () => tickets().length === 1 && tickets(known).length === 1,
    );
    expect(tickets(known)[0]?.comments).toHaveLength(1);
  },
  2 * FOUND_OUT_MS + 200 * SECOND,
);

test(
  'an Incident that is deleted by hand while it stands finds its ticket',
  async () => {
    await crash(plane.admin, pod);
    const filed = await inPhase('Filed');
    await plane.admin.json({ method: 'DELETE', path: `${incidentsPath}/${filed.metadata.name}` });
    const again = await inPhase('Filed');
    expect(again.status?.ticketId).toBe(filed.status?.ticketId);
    await throughout('one ticket', 5 * SECOND, () => tickets().length === 1);
  },
  100 * SECOND,
);
