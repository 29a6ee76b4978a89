import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConfigInput } from '../../src/config/index.ts';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { numberOf } from './support/numbering.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * What a ticket has beside its text, on a real cluster: silences with their end, the log as a file, the number, the team's own words, who
 * changed what, severity by rule; and `preview`, which shows the same before it is filed.
 */
const SECOND = 1_000;
const FILED_WITHIN = 120 * SECOND;
/** A silence ends so long after the start of the suite: later than what fails has failed for its class's time. */
const SILENT_MS = 50 * SECOND;
/** The evidence is read, the list is searched and the ticket is sent; on a busy machine that takes seconds. */
const AT_ONCE = 12 * SECOND;
const MAX_LOG = 20_000;
const run = `features-${Date.now().toString(36)}`;
const places = {
  agent: `${run}-agent`,
  told: `${run}-told`,
  low: `${run}-low`,
  workload: `${run}-workload`,
  namespace: `${run}-namespace`,
  silenced: `${run}-silenced`,
  nonsense: `${run}-nonsense`,
};
const silencedPlaces = [places.workload, places.namespace, places.silenced];

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation | undefined;
let folder: string;
/** When the silences end, epoch milliseconds, a whole second. */
let end: number;
let config: ConfigInput;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function filed(namespace: string): Promise<FiledTicket> {
  const owner = `Deployment ${namespace}/checkout`;
  const look = (): FiledTicket | undefined => desk.tickets(`${owner}: `)[0];
  return eventually(`a ticket for ${owner}`, FILED_WITHIN, look, aboutOwner(cluster, owner));
}

/** Its Secret is missing: it fails as soon as its pod is placed. */
function lacksSecret(namespace: string, annotations: Readonly<Record<string, string>> = {}): Fields {
  const pod = aPodSpec(aContainer(runs, { envFrom: [{ secretRef: { name: 'payments' } }] }));
  return annotated(aWorkload('Deployment', { namespace, name: 'checkout', pod }), { annotations });
}

function annotated(object: Fields, more: Fields): Fields {
  return { ...object, metadata: { ...(object['metadata'] as Fields), ...more } };
}

/** Writes a log of some length, with a password, and dies of what its last line says. */
function crashes(): Fields {
  const script = [
    'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "level=info order $i checked"; done',
    'echo "connecting to postgres://shop:canary-of-the-log@orders-db/shop"',
    'echo "fatal: payments.provider is not set"',
    'exit 3',
  ].join('; ');
  const workload = aWorkload('Deployment', {
    namespace: places.told,
    name: 'checkout',
    pod: aPodSpec(aContainer(script)),
  });
  return annotated(workload, {
    labels: {
      app: 'checkout',
      'app.kubernetes.io/part-of': 'shop',
      'team.example.com/tier': 'gold',
      other: 'not-listed',
    },
    annotations: {
      'support.ankra.app/runbook': 'https://runbooks.example.com/shop/checkout',
      'support.ankra.app/team': 'payments',
      'support.ankra.app/contact': 'payments@example.com',
    },
  });
}

const root = resolve(import.meta.dirname, '../..');

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `preview` as a person runs it beside the cluster. */
async function preview(...more: readonly string[]): Promise<Ran> {
  const args = ['src/main.ts', 'preview', '--config', join(folder, 'config.json'), '--kubeconfig'];
  const all = [...args, cluster.adminKubeconfigPath, '--namespace', places.agent, ...more];
  const run = promisify(execFile)(process.execPath, all, { cwd: root, maxBuffer: 16 * 1_024 * 1_024 });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  );
}

interface PreviewRow {
  readonly workload: string;
  readonly verdict: string;
  readonly rule?: string;
  readonly waitSeconds?: number;
}

interface IncidentObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly target: { readonly namespace: string } };
  readonly status?: Readonly<Record<string, unknown>>;
}

async function incidents(): Promise<readonly IncidentObject[]> {
  const text = await cluster.kubectl(['-n', places.agent, 'get', 'incidents', '-o', 'json']);
  return (JSON.parse(text) as { items: IncidentObject[] }).items;
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster, { isNumbered: true });
  folder = await mkdtemp(join(tmpdir(), 'e2e-features-'));
  end = Math.ceil((Date.now() + SILENT_MS) / SECOND) * SECOND;
  const until = new Date(end).toISOString().replace('.000', '');
  const { agent: own, namespace, ...others } = places;
  await apply(
    ...Object.values(others).map(aNamespace),
    annotated(aNamespace(namespace) as Fields, { annotations: { 'support.ankra.app/ignore-until': until } }),
  );
  config = {
    ...quickConfig,
    classes: { config: { for: '5s' } },
    severity: [{ namespaces: [places.low], severity: 'low' }],
    silences: [{ reason: 'Move to the new database', namespaces: [places.silenced], until }],
    environment: { labels: ['app.kubernetes.io/part-of', 'team.example.com/tier'] },
    logs: { attachBytes: MAX_LOG },
  };
  const watch = { includeNamespaces: [`${run}-*`] };
  const ticketApi = { ...config.ticketApi, url: desk.url, tokenFile: join(folder, 'token') };
  await writeFile(join(folder, 'token'), desk.token);
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, watch, ticketApi }));
  await apply(
    lacksSecret(places.workload, { 'support.ankra.app/ignore-until': until }),
    lacksSecret(namespace),
    lacksSecret(places.silenced),
  );
  agent = await install(cluster, desk, own, { config });
  await apply(
    crashes(),
    lacksSecret(places.low),
    lacksSecret(places.nonsense, { 'support.ankra.app/ignore-until': 'next Tuesday' }),
  );
}, 240 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  if (process.env['E2E_SHOW_TICKETS'] === '1')
    for (const one of desk.tickets('')) process.stderr.write(`${one.subject}\n\n${one.description}\n\n`);
  await agent?.uninstall();
  const all = Object.values(places);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  await desk.close();
  await rm(folder, { recursive: true, force: true });
}, 120 * SECOND);

describe('a silence', () => {
  test('is named by preview with the time that is left, and nothing is filed while it lasts', async () => {
    const rows = await eventually('all three to fail', 40 * SECOND, async () => {
      const { stdout } = await preview('--output', 'json');
      const found = (JSON.parse(stdout) as PreviewRow[]).filter(({ workload }) =>
        silencedPlaces.some((place) => workload.includes(`${place}/`)),
      );
      return found.length === silencedPlaces.length ? found : undefined;
    });
    const byRule = new Map(rows.map((row) => [row.rule, row]));
    expect(new Set(byRule.keys())).toEqual(new Set(['ignoredUntil', 'namespaceIgnoredUntil', 'silenced']));
    const left = (end - Date.now()) / SECOND;
    for (const { waitSeconds = Infinity } of rows) {
      expect(waitSeconds).toBeGreaterThan(left - 5);
      expect(waitSeconds).toBeLessThan(left + 20);
    }
    expect(byRule.get('silenced')?.verdict).toMatch(/\(silences: Move to the new database\), \d+ s left$/);
    expect(Date.now()).toBeLessThan(end);
    await throughout('nothing is filed', end - Date.now() - SECOND, () =>
      silencedPlaces.every((place) => desk.tickets(place).length === 0),
    );
  });

  test.each(silencedPlaces.map((place) => place.slice(run.length + 1)))(
    'by %s ends: what still fails is filed at once, after the end and not before',
    async (place) => {
      const ticket = await filed(`${run}-${place}`);
      const afterEnd = ticket.createdAt - end;
      process.stderr.write(`filed ${afterEnd} ms after the end of the silence: ${place}\n`);
      // By the API server's clock, which the agent knows by the whole seconds of its answers.
      expect(afterEnd).toBeGreaterThan(-SECOND);
      expect(afterEnd).toBeLessThan(AT_ONCE);
      expect(ticket.description).toMatch(/\*\*Since\*\*: .*, (?:[3-9]\d s|1 min) before this ticket/);
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'that is no time silences nothing, and the object is told so',
    async () => {
      await filed(places.nonsense);
      const told = await eventually('an Event', 30 * SECOND, async () => {
        const selector = ['--field-selector', 'reason=AnnotationRefused', '-o', 'json'];
        const text = await cluster.kubectl(['-n', places.nonsense, 'get', 'events', ...selector]);
        return (JSON.parse(text) as { items: { message: string }[] }).items[0]?.message;
      });
      expect(told).toContain('support.ankra.app/ignore-until is not followed, and tickets are filed');
      expect(told).toContain('2026-12-24T18:00:00Z');
      expect(await agent?.logs()).toContain('an annotation is not followed');
    },
    FILED_WITHIN + 40 * SECOND,
  );
});

test(
  'a rule lowers the severity of one namespace',
  async () => {
    expect(await filed(places.low)).toMatchObject({ severity: 'low' });
    expect(await filed(places.nonsense)).toMatchObject({ severity: 'critical' });
  },
  2 * FILED_WITHIN,
);

describe('the ticket of a crash loop', () => {
  test(
    'has the words of its team, a link to the runbook, and who changed it last',
    async () => {
      const { description, environment } = await filed(places.told);
      expect(description).toContain('**Runbook**: <https://runbooks.example.com/shop/checkout>');
      expect(description).toContain('**Team**: `payments`');
      expect(description).toContain('**Contact**: `payments@example.com`');
      expect(description).toContain('`app.kubernetes.io/part-of=shop`');
      expect(description).toContain('`team.example.com/tier=gold`');
      expect(description).not.toContain('not-listed');
      expect(description).toMatch(/\*\*Changed by\*\*: kubectl \(`kubectl-client-side-apply`\)/);
      expect(environment).toMatchObject({
        owner: { managed: { lastChange: { manager: 'kubectl-client-side-apply', operation: 'Update' } } },
      });
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'has the redacted log as a file exactly once, also after the agent has died',
    async () => {
      const { id } = await filed(places.told);
      const files = (): FiledTicket['attachments'] => desk.tickets(places.told)[0]?.attachments ?? [];
      const [file] = await eventually('the file', 30 * SECOND, () =>
        files().length > 0 ? files() : undefined,
      );
      expect(file).toMatchObject({
        type: expect.stringMatching(/^text\/plain/),
        filename: expect.stringMatching(/^deployment-checkout-[0-9a-f]{8}-1-app(-previous)?\.log$/),
      });
      expect(file?.text).toContain('order 390 checked');
      expect(file?.text).toContain('fatal: payments.provider is not set');
      expect(file?.text).not.toContain('canary-of-the-log');
      expect(Buffer.byteLength(file?.text ?? '')).toBeLessThanOrEqual(MAX_LOG);
      expect((file?.text ?? '').split('\n').length).toBeGreaterThan(100);
      const state = await eventually('its state in the Incident', 20 * SECOND, async () => {
        const incident = (await incidents()).find(({ spec }) => spec.target.namespace === places.told);
        const attachment = incident?.status?.['attachment'] as Fields | undefined;
        return attachment?.['state'] === 'Attached' ? attachment : undefined;
      });
      expect(state).toMatchObject({ ticketId: id });
      await agent?.killPods();
      await throughout('one file', 15 * SECOND, () => files().length === 1);
    },
    FILED_WITHIN + 80 * SECOND,
  );

  test('has the number of the API in its Incident and in the table', async () => {
    const { id } = await filed(places.told);
    const table = await cluster.kubectl(['-n', places.agent, 'get', 'incidents']);
    expect(table).toMatch(/TICKET +NUMBER/);
    expect(table).toMatch(new RegExp(`${places.told} +checkout +${id} +${numberOf(id)} `));
  });
});

test(
  'preview --ticket prints the ticket that was filed, and writes nothing',
  async () => {
    const ticket = await filed(places.low);
    const before = (await incidents()).map(({ metadata }) => metadata.name).toSorted();
    const { stdout, stderr } = await preview('--ticket', `Deployment/${places.low}/checkout`);
    expect(stderr).not.toContain('not read');
    const withoutMarker = (text: string): string => text.replaceAll(/\[k8s-[0-9a-f-]+\]/g, '[marker]');
    expect(withoutMarker(stdout)).toContain(`subject: ${withoutMarker(ticket.subject)}`);
    // What does not depend on the moment.
    const lasting = /^- \*\*(?:Cause|Why|Hint|Where|Image|Failing|Changed by)\*\*.*|^kubectl .*/gm;
    const expected = ticket.description.match(lasting) ?? [];
    expect(expected.length).toBeGreaterThan(7);
    for (const line of expected) expect(stdout).toContain(line);
    expect(stdout).toContain('severity: low');
    expect((await incidents()).map(({ metadata }) => metadata.name).toSorted()).toEqual(before);
    expect(desk.tickets(places.low)).toHaveLength(1);
  },
  FILED_WITHIN + 30 * SECOND,
);
