import type { KubeConnection } from '../../src/kube/connection/index.ts';

/** The same connection, but for these calls. */
export function connectionWith(
  connection: KubeConnection,
  calls: Partial<Pick<KubeConnection, 'json' | 'text' | 'stream' | 'close'>>,
): KubeConnection {
  const { server, namespace, clock } = connection;
  return {
    server,
    namespace,
    clock,
    json: (request) => connection.json(request),
    text: (request) => connection.text(request),
    stream: (request) => connection.stream(request),
    close: () => connection.close(),
    ...calls,
  };
}
