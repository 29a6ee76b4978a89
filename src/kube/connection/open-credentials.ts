import type { Clock } from '../../domain/clock.ts';
import type { KubeSource } from './types.ts';
import type { Access, Credentials } from './credentials.ts';
import { inClusterCredentials } from './in-cluster.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

/** Opens a source. Throws when it is incomplete or would send credentials over plain HTTP. */
export async function openCredentials(source: KubeSource, clock: Clock): Promise<Credentials> {
  const credentials = await openSource(source, clock);
  const { protocol, hostname } = credentials.server;
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    throw new TypeError(`the Kubernetes API must be reached over https: ${credentials.server.origin}`);
  }
  return credentials;
}

function openSource(source: KubeSource, clock: Clock): Promise<Credentials> {
  switch (source.kind) {
    case 'in-cluster':
      return inClusterCredentials(source, clock);
    case 'kubeconfig':
      return kubeconfigCredentials(source, clock);
    case 'explicit':
      return Promise.resolve(explicitCredentials(source));
  }
}

function explicitCredentials(source: Extract<KubeSource, { kind: 'explicit' }>): Credentials {
  const access: Access = {
    headers: source.token === undefined ? {} : { authorization: `Bearer ${source.token}` },
    tls: source.ca === undefined ? {} : { ca: source.ca },
  };
  return {
    server: new URL(source.server),
    namespace: source.namespace,
    access: () => Promise.resolve(access),
    refresh: () => undefined,
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
