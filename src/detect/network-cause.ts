import type { SharedCause } from '../domain/failure.ts';

/** What kubelet and runtimes say when a pod gets no network: nobody else on its node does either (CNI plugins, the runtime's sandbox). */
const NO_NETWORK =
  /\bnetwork for (?:pod|sandbox)|\bcni\b|network is not ready|no IP addresses available|assign an IP address/i;

/** The plugin that the runtime has asked (libcni; dockershim and cri-dockerd call each of them `cni`), and what is said where there is none. */
const NETWORK_PLUGIN =
  /\bplugin type="([^"]+)"|\bnetworkPlugin (\S+) failed|\bcni (?:plugin not initialized|config uninitialized)/i;

/** An annotation of the pod names a network of Multus that does not exist. */
const NO_SUCH_NETWORK = /cannot find a network-attachment-definition/i;
/** Multus asks a plugin for each network that a pod wants: which of them has failed stands behind its own name. */
const OF_MULTUS = /\bplugin type="multus[^"]*".*\berror adding container to network "([^"]+)"/is;

/** The plugin, which often fails on one node after the other; the network of the node, where none is named. */
export function networkOf(node: string | undefined, text: string): SharedCause | undefined {
  if (node === undefined || !NO_NETWORK.test(text) || NO_SUCH_NETWORK.test(text)) return undefined;
  const plugin = OF_MULTUS.exec(text) ?? NETWORK_PLUGIN.exec(text);
  return plugin === null
    ? { kind: 'NodeNetwork', name: node }
    : { kind: 'NetworkPlugin', name: plugin[1] ?? plugin[2] ?? 'missing' };
}
