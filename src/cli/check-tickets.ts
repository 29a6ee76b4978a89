import { readFile, stat } from 'node:fs/promises';
import type { Config } from '../config/index.ts';
import { type Clock, DAY } from '../domain/clock.ts';
import type { TicketClient } from '../tickets/index.ts';
import { version } from '../version.ts';
import { failed, type Finding, messageOf, ok, warning } from './finding.ts';

/** What the checks of the ticket API need. */
export interface TicketChecks {
  readonly config: Config;
  readonly tickets: TicketClient;
  readonly clock: Clock;
  /** UID of the namespace kube-system, by which the ticket API may know the cluster. */
  readonly clusterUid: () => Promise<string | undefined>;
  /** Files a ticket of severity low, and closes it. */
  readonly sendsTicket: boolean;
}

/** Whether tickets could be filed. Files nothing, unless it is asked to. */
export async function checkTickets(checks: TicketChecks): Promise<readonly Finding[]> {
  const { config, tickets } = checks;
  if (config.mode === 'observe') return [ok('ticket-api', 'not asked: mode is observe')];
  const token = await checkToken(config.ticketApi.tokenFile);
  if (token.outcome === 'failed') return [token];
  try {
    const clusters = await tickets.listClusters();
    const { finding, id } = await checkCluster(checks, clusters);
    const answers = ok('ticket-api', `${config.ticketApi.url} answers, and takes the token`);
    return [token, answers, finding, ...(checks.sendsTicket ? [await sendTicket(checks, id)] : [])];
  } catch (error) {
    return [
      token,
      failed('ticket-api', `${config.ticketApi.url}: ${messageOf(error)}`, remedyFor(error, config)),
    ];
  }
}

/** A token may be valid for longer; it is time to look then. */
const OLD_TOKEN_MS = 365 * DAY;

async function checkToken(file: string): Promise<Finding> {
  const remedy =
    'make the Secret: kubectl create secret generic ticket-api --from-file=token=./token, and name it in ticketApi.existingSecret.name';
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    if (text.trim() === '') return failed('token', `${file} is empty`, remedy);
    const ageMs = Math.max(0, Date.now() - mtimeMs);
    const detail = `${file} is there, ${Math.floor(ageMs / DAY)} days old`;
    return ageMs > OLD_TOKEN_MS
      ? warning('token', detail, 'see when it expires, and make a new one')
      : ok('token', detail);
  } catch (error) {
    return failed(
      'token',
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`,
      remedy,
    );
  }
}

/** What helps against an error of the ticket API; the first that fits. */
const remedies: readonly (readonly [pattern: RegExp, remedy: (config: Config) => string])[] = [
  [/^401/, () => 'the token is not taken: make a new one in Ankra, and put it into the Secret'],
  [
    /^403/,
    () =>
      'the token lacks the right to read clusters, or belongs to another organisation: see ticketApi.organisationId',
  ],
  [/^407|407 /, () => 'the proxy wants credentials: ticketApi.proxy.existingSecret'],
  [/^404|redirects elsewhere/, ({ ticketApi }) => pathRemedy(ticketApi.url)],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT|certificate/i,
    () =>
      'the certificate is not signed by an authority that is known: put its CA into ticketApi.ca.configMap (or .secret), or correct the one there',
  ],
  [
    /proxy/i,
    ({ ticketApi }) =>
      `the proxy ${ticketApi.proxy?.url ?? ''} refuses or does not answer: see ticketApi.proxy and its rules for ${ticketApi.url}`,
  ],
  [
    /ENETUNREACH|EAFNOSUPPORT|EADDRNOTAVAIL|EHOSTUNREACH/,
    () =>
      'there is no way to that address, as with an IPv6 address on a machine without IPv6: use a name or an address of the family that the pods have',
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    () => 'the name cannot be resolved: correct ticketApi.url, or see whether DNS works in this pod',
  ],
  [
    /wrong version number|EPROTO|packet length/i,
    () => 'that port does not speak TLS: correct the port in ticketApi.url',
  ],
];

function remedyFor(error: unknown, config: Config): string {
  const words = messageOf(error);
  const remedy = remedies.find(([pattern]) => pattern.test(words))?.[1];
  return (
    remedy?.(config) ??
    'see ticketApi.url, ticketApi.proxy and networkPolicy, and whether the ticket API works'
  );
}

function pathRemedy(address: string): string {
  const { origin, pathname } = new URL(address);
  if (pathname === '/') return `this is not the ticket API: correct ticketApi.url`;
  return `the address has the path ${pathname}, to which the paths of the API are added: write ${origin}`;
}

type Clusters = Awaited<ReturnType<TicketClient['listClusters']>>;

const NAMES_SHOWN = 10;

async function checkCluster(
  { config, clusterUid }: TicketChecks,
  clusters: Clusters,
): Promise<{ readonly finding: Finding; readonly id: string | undefined }> {
  const { clusterId, clusterName } = config;
  const id = clusterId ?? (clusterName === undefined ? await clusterUid() : undefined);
  const found = clusters.filter((cluster) =>
    id === undefined ? cluster.name === clusterName : cluster.id === id,
  );
  const [first] = found;
  if (first !== undefined && found.length === 1)
    return { finding: ok('cluster', `${first.id} (${first.name})`), id: first.id };
  const what = id === undefined ? `name "${clusterName ?? ''}"` : `id ${id}`;
  const detail = `the ticket API knows ${found.length} clusters with the ${what}; tickets go without cluster_id ten minutes after the first one is refused`;
  const names = clusters.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const known =
    names.length === 0 ? 'it knows none: add the cluster in Ankra first' : `it knows: ${names.join(', ')}`;
  return { finding: failed('cluster', detail, `set clusterName or clusterId; ${known}`), id: undefined };
}

async function sendTicket(
  { tickets, clock, config }: TicketChecks,
  clusterId: string | undefined,
): Promise<Finding> {
  const check = 'test-ticket';
  const marker = `k8s-check-${Math.floor(clock.now()).toString(36)}`;
  const created = await tickets.create({
    subject: `Test of ankra-support-agent: nothing fails [${marker}]`,
    description: 'Filed by `check --send-test-ticket`, and closed by it at once. Nobody has to do anything.',
    category: config.ticketApi.category,
    severity: 'low',
    environment: { agent: { version }, test: true },
    clusterId,
    marker,
  });
  if (created.kind !== 'created')
    return failed(check, `not filed: ${created.error}`, 'see the words of the ticket API');
  const closed = await tickets.close(created.ticket.id);
  if (closed.kind === 'done') return ok(check, `filed and closed: ${created.ticket.id}`);
  return warning(check, `filed, and not closed: ${created.ticket.id}`, 'close it by hand');
}
