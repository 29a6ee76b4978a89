import type { ControlPlaneOutage, FailedWrites, WriteFailureKind } from '../../domain/control-plane.ts';
import { SUBJECT_LIMIT, type Category, type Ticket, type TicketRequest } from '../../domain/ticket.ts';
import { hashParts } from '../../lib/hash.ts';
import { cutText, plainLine, plural, sayDuration, sayTime } from '../../lib/text.ts';
import { block, code, cutMarkdown } from './markdown.ts';

const MAX_WORDS = 400;
const MAX_UNRESOLVED = 20;
const MARKER_SUFFIX_LENGTH = 5;
const DESCRIPTION_ROOM = 9_000;

/** Which replica of the agent speaks, and of which cluster. */
export interface ControlPlaneFacts {
  readonly cluster: { readonly uid: string; readonly name?: string; readonly version?: string };
  /** `k8s-…`: what all tickets about this control plane share. */
  readonly keyMarker: string;
  /** Address of the API server as this replica calls it. */
  readonly server: string;
  readonly node: string | undefined;
  readonly replica: string;
  readonly agentVersion: string;
  readonly category: Category;
}

interface KindWords {
  /** What the API server does, for the subject. */
  readonly says: string;
  readonly means: string;
  readonly commands: readonly string[];
}

const reachCommands = [
  "kubectl get --raw='/livez?verbose'   # from another machine: does it fail for all, or from that node alone?",
  'crictl ps -a --name "kube-apiserver|etcd"   # on a control plane node; with kubeadm both are static pods',
  'journalctl -u kubelet --since "-30 min"     # on a control plane node',
];
const etcdCommands = [
  'etcdctl endpoint status --cluster -w table',
  'etcdctl endpoint health --cluster',
  'etcdctl alarm list',
];

/** What each kind of failed write means, and the commands that still work then. */
const words: Readonly<Record<WriteFailureKind, KindWords>> = {
  refused: {
    says: 'the API server refuses connections',
    means:
      'Nothing listens on its address: its process does not run, or a load balancer before it has no server that works.',
    commands: reachCommands,
  },
  timeout: {
    says: 'the API server does not answer',
    means:
      'Its machine is down or cut off from this node, packets are dropped on the way, or it is too busy to answer.',
    commands: reachCommands,
  },
  unreachable: {
    says: 'there is no route to the API server',
    means:
      'The network between this node and the control plane is broken, or the machine of the control plane is gone.',
    commands: ['ip route get ADDRESS   # on the node that is named above', ...reachCommands],
  },
  name: {
    says: 'the name of the API server cannot be resolved',
    means: 'The DNS that this node uses does not answer, or does not know the name any more.',
    commands: ['getent hosts NAME   # on the node that is named above', ...reachCommands],
  },
  tls: {
    says: 'the certificate of the API server is not valid',
    means: 'A certificate has expired or was replaced by one of another authority.',
    commands: [
      'kubeadm certs check-expiration   # on a control plane node that kubeadm has made',
      'openssl s_client -connect HOST:PORT </dev/null 2>/dev/null | openssl x509 -noout -dates -issuer -subject',
    ],
  },
  connection: {
    says: 'connections to the API server break off',
    means: 'It, or a load balancer before it, closes connections without an answer.',
    commands: reachCommands,
  },
  'no-space': {
    says: 'etcd has no space left and takes no writes',
    means:
      'Reads still work. The database has reached its quota, and the alarm NOSPACE stays until it was made smaller and the alarm was cleared.',
    commands: [
      ...etcdCommands,
      'etcdctl compact "$(etcdctl endpoint status -w json | jq ".[0].Status.header.revision")"',
      'etcdctl defrag --cluster',
      'etcdctl alarm disarm   # only after there is room again',
    ],
  },
  'no-quorum': {
    says: 'etcd has no leader or does not answer',
    means: 'Less than half of the members of etcd work together, or their disks are too slow.',
    commands: [...etcdCommands, 'crictl ps -a --name etcd   # on each control plane node'],
  },
  webhook: {
    says: 'an admission webhook refuses the writes',
    means: 'A webhook that applies to these writes fails or denies them. Reads still work.',
    commands: [
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml | grep -E "name:|failurePolicy|service|namespace"',
    ],
  },
  overloaded: {
    says: 'the API server refuses requests because it is overloaded',
    means: 'It limits requests (429), also those that come seldom.',
    commands: [
      'kubectl get --raw=/metrics | grep apiserver_flowcontrol_rejected_requests_total',
      'kubectl get --raw=/debug/api_priority_and_fairness/dump_priority_levels',
    ],
  },
  'server-error': {
    says: 'the API server answers writes with errors',
    means: 'It runs and cannot do what it is asked for.',
    commands: ["kubectl get --raw='/readyz?verbose'", ...etcdCommands, ...reachCommands],
  },
};

/** Longest-lasting kind first: that is what the outage is about; others are its begin and end. */
function mainFailure({ failures }: ControlPlaneOutage): FailedWrites | undefined {
  return failures.toSorted((a, b) => b.count - a.count)[0];
}

/** The ticket about a control plane that takes no writes. `redact` takes secrets out of the words of errors. */
export function controlPlaneRequest(
  outage: ControlPlaneOutage,
  facts: ControlPlaneFacts,
  around: { readonly unresolved: readonly string[]; readonly redact: (text: string) => string },
): TicketRequest {
  const suffix = hashParts({ replica: facts.replica, at: String(outage.startedAt) }).slice(
    0,
    MARKER_SUFFIX_LENGTH,
  );
  const marker = `${facts.keyMarker}-${suffix}`;
  const main = mainFailure(outage);
  const says = main === undefined ? 'the API server takes no writes' : words[main.kind].says;
  const subject = `Control plane of ${clusterName(facts)}: ${says}, since ${sayTime(outage.startedAt)}`;
  return {
    subject: `${cutText(subject, SUBJECT_LIMIT - marker.length - 3)} [${marker}]`,
    description: `${cutMarkdown(describe(outage, facts, around), DESCRIPTION_ROOM)}\n\n[${marker}]`,
    category: facts.category,
    severity: 'critical',
    environment: environmentOf(outage, facts, around),
    clusterId: undefined,
    marker,
  };
}

function clusterName({ cluster: { name, uid } }: ControlPlaneFacts): string {
  return name === undefined ? `cluster ${uid}` : `cluster ${plainLine(name)}`;
}

type Around = Parameters<typeof controlPlaneRequest>[2];

function describe(
  outage: ControlPlaneOutage,
  facts: ControlPlaneFacts,
  { unresolved, redact }: Around,
): string {
  const main = mainFailure(outage);
  const commands = main === undefined ? reachCommands : words[main.kind].commands;
  const known = unresolved.slice(0, MAX_UNRESOLVED);
  return [
    `**The control plane takes no writes.** Nothing can be started, moved or repaired by Kubernetes meanwhile; containers that run go on. ${main === undefined ? '' : words[main.kind].means}`,
    '### What was seen',
    `- From node ${facts.node === undefined ? '(not known)' : code(facts.node)}, replica ${code(facts.replica)}, at the address ${code(facts.server)}. Whether others reach it cannot be seen from there: a replica on another node that leads says so here in a comment.`,
    `- First request that failed: ${sayTime(outage.startedAt)}. Last write that was taken, of any replica: ${sayTime(outage.lastWriteAt)}.`,
    ...outage.failures.map((failure) => `- ${sayFailure(failure, redact)}`),
    ...(known.length === 0
      ? []
      : [
          '### What was known to fail before',
          ...known.map((title) => `- ${code(redact(title))}`),
          ...(unresolved.length > known.length ? [`- and ${unresolved.length - known.length} more`] : []),
        ]),
    '### Commands that still work',
    block(commands, 'sh'),
    'On a managed cluster the control plane is the provider’s: look at its status page and at the events of the cluster there.',
  ]
    .join('\n\n')
    .replaceAll('\n\n- ', '\n- ');
}

function sayFailure(
  { kind, words: said, count, firstAt, lastAt }: FailedWrites,
  redact: (text: string) => string,
): string {
  const times = count === 1 ? `at ${sayTime(firstAt)}` : `from ${sayTime(firstAt)} to ${sayTime(lastAt)}`;
  return `${plural(count, 'request')} for the agent's Lease failed ${times}: ${words[kind].says}. ${code(redact(said), MAX_WORDS)}`;
}

function environmentOf(
  outage: ControlPlaneOutage,
  facts: ControlPlaneFacts,
  { unresolved, redact }: Around,
): Readonly<Record<string, unknown>> {
  const time = (at: number): string => new Date(at).toISOString();
  return {
    agent: { name: 'ankra-support-agent', version: facts.agentVersion, replica: facts.replica },
    cluster: facts.cluster,
    controlPlane: {
      server: facts.server,
      ...(facts.node === undefined ? {} : { node: facts.node }),
      firstFailedWriteAt: time(outage.startedAt),
      lastWriteAt: time(outage.lastWriteAt),
      failures: outage.failures.map(({ kind, words: said, count, firstAt, lastAt }) => ({
        kind,
        message: cutText(plainLine(redact(said)), MAX_WORDS),
        count,
        firstAt: time(firstAt),
        lastAt: time(lastAt),
      })),
      unresolved: unresolved.slice(0, MAX_UNRESOLVED).map((title) => plainLine(redact(title))),
    },
  };
}

const RECOVERED = '**Takes writes again**';
const RECURRED = '**Takes no writes again**';

/** What is said when the control plane works again. */
export function controlPlaneRecovered(
  { node }: Pick<ControlPlaneFacts, 'node'>,
  { leadsSinceAt, outage }: { leadsSinceAt: number; outage?: { startedAt: number; endedAt: number } },
): string {
  const from = node === undefined ? '' : ` of node ${code(node)}`;
  const works = `${RECOVERED}: the API server takes the writes${from}, where this agent leads since ${sayTime(leadsSinceAt)}.`;
  if (outage === undefined) {
    return `${works} This replica has seen no outage itself: it has been started since, or only the node that the ticket names was cut off.`;
  }
  const { startedAt, endedAt } = outage;
  return `${works} It took none from ${sayTime(startedAt)} to ${sayTime(endedAt)} (${sayDuration(endedAt - startedAt)}).`;
}

/** What is said on an open ticket of an earlier outage. */
export function controlPlaneRecurred(outage: ControlPlaneOutage, redact: (text: string) => string): string {
  const failures = outage.failures.map((failure) => `- ${sayFailure(failure, redact)}`);
  return [`${RECURRED}, since ${sayTime(outage.startedAt)}:`, ...failures].join('\n');
}

/** Which of the two comments above came last on a ticket. */
export function lastControlPlaneComment({
  comments,
}: Pick<Ticket, 'comments'>): 'recovered' | 'recurred' | undefined {
  const last = comments.findLast(({ body }) => body.startsWith(RECOVERED) || body.startsWith(RECURRED));
  if (last === undefined) return undefined;
  return last.body.startsWith(RECOVERED) ? 'recovered' : 'recurred';
}
