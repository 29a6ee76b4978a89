import { createServer } from 'node:net';
import { clusterError } from './failure.ts';
import { runCommand } from './command.ts';
import { bridgeName, hostAddress, type Layout } from './layout.ts';

/** Tables that kube-proxy makes. They have no owner's name: only one kube-proxy can live on a machine. */
const proxyTables = [
  ['ip', 'kube-proxy'],
  ['ip6', 'kube-proxy'],
] as const;

async function tables(): Promise<string> {
  return runCommand('nft', ['list', 'tables']);
}

/** Throws when the machine is a node of another Kubernetes already: its kube-proxy's rules would be overwritten. */
export async function refuseForeignNode(): Promise<void> {
  if (!(await tables()).includes('kube-proxy')) return;
  throw clusterError({
    part: 'network',
    problem:
      'this machine has nftables tables of another kube-proxy, so it seems to be a Kubernetes node already',
    remedy:
      'use a machine that is no node, or remove what is left of the other cluster: nft delete table ip kube-proxy',
  });
}

/** Where the components listen, besides etcd and the API server, whose ports are in the layout. */
const otherPorts = [
  { address: '127.0.0.1', port: 10_248, name: 'kubelet' },
  { address: '127.0.0.1', port: 10_249, name: 'kube-proxy' },
  { address: '127.0.0.1', port: 10_256, name: 'kube-proxy' },
  { address: '127.0.0.1', port: 10_257, name: 'kube-controller-manager' },
  { address: '127.0.0.1', port: 10_259, name: 'kube-scheduler' },
  { address: hostAddress, port: 10_250, name: 'kubelet' },
] as const;

/** Whether nobody listens on an address and port of this machine. */
export async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

/** Throws when another program has a port of ours: it might even answer our question whether a component is healthy. */
export async function refuseUsedPorts(layout: Layout): Promise<void> {
  const ports = [
    { address: '127.0.0.1', port: layout.etcdPort, name: 'etcd' },
    { address: '127.0.0.1', port: layout.etcdPeerPort, name: 'etcd' },
    { address: layout.address, port: layout.apiPort, name: 'kube-apiserver' },
    ...otherPorts,
  ];
  for (const { address, port, name } of ports) {
    if (await isFree(address, port)) continue;
    throw clusterError({
      part: name,
      problem: `another program listens on ${address}:${port}`,
      remedy: `end it; \`ss -ltnp 'sport = :${port}'\` shows which it is.`,
    });
  }
}

/** Makes the bridge of the pods with the host's address, before the first pod does: the API server listens there. */
export async function createBridge(): Promise<void> {
  await runCommand('ip', ['link', 'add', bridgeName, 'type', 'bridge']);
  await runCommand('ip', ['address', 'add', `${hostAddress}/24`, 'dev', bridgeName]);
  await runCommand('ip', ['link', 'set', bridgeName, 'up']);
}

async function bridgePorts(): Promise<string[]> {
  const text = await runCommand('ip', ['-json', 'link', 'show', 'master', bridgeName]).catch(() => '[]');
  const links = JSON.parse(text.trim() === '' ? '[]' : text) as { ifname: string }[];
  return links.map((link) => link.ifname);
}

/** Removes the bridge, the pods' links on it, and kube-proxy's tables. */
export async function removeNetwork(): Promise<void> {
  // Missing is what we want; any other failure shows when the bridge is made again.
  for (const port of await bridgePorts()) await runCommand('ip', ['link', 'delete', port]).catch(() => '');
  await runCommand('ip', ['link', 'delete', bridgeName]).catch(() => '');
  for (const table of proxyTables) await runCommand('nft', ['delete', 'table', ...table]).catch(() => '');
}
