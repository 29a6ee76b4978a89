import { join } from 'node:path';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import type { KubeSource } from './types.ts';
import type { Credentials, TlsMaterial } from './credentials.ts';
import { createCachedFile } from './cached-file.ts';
import { KubeConnectionError } from './errors.ts';

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of the pod we run in. Throws when the process is not in a pod. */
export async function inClusterCredentials(
  source: Extract<KubeSource, { kind: 'in-cluster' }>,
  clock: Clock,
): Promise<Credentials> {
  const directory = source.directory ?? SERVICE_ACCOUNT;
  const token = createCachedFile(join(directory, 'token'), clock);
  const ca = createCachedFile(join(directory, 'ca.crt'), clock);
  const namespace = await createCachedFile(join(directory, 'namespace'), clock).read();
  let tls: TlsMaterial = {};

  return {
    server: serverFrom(source.environment ?? process.env),
    namespace,
    access: async () => {
      const [secret, bundle] = await Promise.all([token.read(), ca.read()]);
      if (secret === undefined) {
        throw new KubeConnectionError('service account', 'CREDENTIALS', 'its token cannot be read');
      }
      if (bundle !== undefined && bundle !== tls.ca) tls = { ca: bundle };
      return { headers: { authorization: `Bearer ${secret}` }, tls };
    },
    refresh: () => {
      token.refresh();
      ca.refresh();
    },
  };
}

function serverFrom(environment: Readonly<Record<string, string | undefined>>): URL {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '') throw new TypeError('KUBERNETES_SERVICE_HOST is not set: this is no pod of a cluster');
  return new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
}
