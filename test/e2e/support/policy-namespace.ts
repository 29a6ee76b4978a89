import { createSocket, type Socket } from 'node:dgram';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { runCommand } from '../../cluster/index.ts';

/** The part of a NetworkPolicy that says what may go out and come in, by address ranges. */
export interface PolicySpec {
  readonly egress: readonly PolicyRule[];
  readonly ingress: readonly PolicyRule[];
}

interface PolicyRule {
  readonly ports?: readonly { readonly protocol: string; readonly port: number | string }[];
  readonly to?: readonly Peer[];
  readonly from?: readonly Peer[];
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string };
}

/** How many packets have met each rule, by direction and port; `refused` is what met none. */
export type Counts = Readonly<Record<string, number>>;

/** A network namespace in which a NetworkPolicy is in force, as a CNI would have it for a pod. */
export interface PolicyNamespace {
  /** For `ip netns exec`. */
  readonly name: string;
  readonly counts: () => Promise<Counts>;
  readonly close: () => Promise<void>;
}

const NAME = 'ankra-policy';
/** The host, another machine that nothing allows, and the pod. */
export const addresses = { host: '169.254.78.1', other: '169.254.78.3', pod: '169.254.78.2' } as const;

/** Needs root, `ip` and `nft`. Every name is resolved to the host. */
export async function openPolicyNamespace(
  spec: PolicySpec,
  portNames: Readonly<Record<string, number>>,
): Promise<PolicyNamespace> {
  await remove();
  const ip = (words: string): Promise<string> => runCommand('ip', words.split(' '));
  const inside = `netns exec ${NAME}`;
  await ip(`netns add ${NAME}`);
  await ip(`link add ${NAME}0 type veth peer name ${NAME}1 netns ${NAME}`);
  for (const address of [addresses.host, addresses.other]) await ip(`addr add ${address}/29 dev ${NAME}0`);
  await ip(`link set ${NAME}0 up`);
  await ip(`${inside} ip addr add ${addresses.pod}/29 dev ${NAME}1`);
  for (const device of ['lo', `${NAME}1`]) await ip(`${inside} ip link set ${device} up`);
  await mkdir(`/etc/netns/${NAME}`, { recursive: true });
  await writeFile(`/etc/netns/${NAME}/resolv.conf`, `nameserver ${addresses.host}\n`);
  const names = await answerNames();
  const rules = rulesOf(spec, portNames);
  await runCommand('ip', [...inside.split(' '), 'nft', '-f', '-'], { input: tableOf(rules) });
  return {
    name: NAME,
    counts: async () => countsIn(await ip(`${inside} nft -j list counters`)),
    close: async () => {
      await new Promise<void>((resolve) => names.close(() => resolve()));
      await remove();
    },
  };
}

/** The link goes with the namespace. An earlier run that was killed may have left it. */
async function remove(): Promise<void> {
  await runCommand('ip', ['netns', 'delete', NAME]).catch(() => undefined);
  await rm(`/etc/netns/${NAME}`, { recursive: true, force: true });
}

interface Rule {
  readonly direction: 'in' | 'out';
  readonly counter: string;
  readonly match: string;
}

function rulesOf(
  { egress, ingress }: PolicySpec,
  portNames: Readonly<Record<string, number>>,
): readonly Rule[] {
  return [
    ...egress.flatMap((rule) => rulesFor('out', 'daddr', rule.ports ?? [], rule.to)),
    ...ingress.flatMap((rule) => rulesFor('in', 'saddr', rule.ports ?? [], rule.from)),
  ];
  function rulesFor(
    direction: Rule['direction'],
    side: string,
    ports: NonNullable<PolicyRule['ports']>,
    peers: readonly Peer[] | undefined,
  ): readonly Rule[] {
    const ranges = (peers ?? []).map(({ ipBlock }) => {
      if (ipBlock === undefined) throw new Error('only peers of address ranges can be tried here');
      return ipBlock.cidr;
    });
    const where = peers === undefined ? '' : `ip ${side} { ${ranges.join(', ')} } `;
    return ports.map(({ protocol, port }) => {
      const number = typeof port === 'number' ? port : portNames[port];
      const [name, counter] = [protocol.toLowerCase(), `${direction}_${protocol.toLowerCase()}_${number}`];
      return { direction, counter, match: `${where}${name} dport ${number}` };
    });
  }
}

/** What is not said is refused at once, where a CNI lets it time out; answers of what was let through pass. */
function tableOf(rules: readonly Rule[]): string {
  const names = new Set([...rules.map(({ counter }) => counter), 'refused_in', 'refused_out']);
  const chain = (direction: Rule['direction'], hook: string, device: string): string =>
    [
      `chain ${direction} { type filter hook ${hook} priority 0; policy drop;`,
      `${device} lo accept`,
      'ct state established,related accept',
      // Neighbours are found by what no NetworkPolicy is about.
      'meta l4proto ipv6-icmp accept',
      ...rules
        .filter((rule) => rule.direction === direction)
        .map(({ match, counter }) => `${match} counter name ${counter} accept`),
      `counter name refused_${direction} reject`,
      '}',
    ].join('\n');
  const counters = [...names].map((name) => `counter ${name} { packets 0 bytes 0 }`);
  return `table inet ankra {\n${counters.join('\n')}\n${chain('in', 'input', 'iif')}\n${chain('out', 'output', 'oif')}\n}\n`;
}

function countsIn(text: string): Counts {
  const { nftables } = JSON.parse(text) as {
    readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  return Object.fromEntries(
    nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]])),
  );
}

/** A name server (RFC 1035) for which every name is the host; there are no IPv6 addresses. */
async function answerNames(): Promise<Socket> {
  const server = createSocket('udp4');
  server.on('message', (question, from) => server.send(answerTo(question), from.port, from.address));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind(53, addresses.host, resolve);
  });
  return server;
}

const TYPE_A = 1;

function answerTo(question: Buffer): Buffer {
  // The header has 12 bytes, then the labels of the name up to an empty one, type and class.
  const end = question.indexOf(0, 12) + 1;
  const hasAddress = question.readUInt16BE(end) === TYPE_A;
  const head = Buffer.from(question.subarray(0, end + 4));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(hasAddress ? 1 : 0, 6);
  head.fill(0, 8, 12);
  const address = Buffer.from(addresses.host.split('.').map(Number));
  // A pointer to the name, type A, class IN, 60 seconds, four bytes.
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4]);
  return Buffer.concat(hasAddress ? [head, record, address] : [head]);
}
