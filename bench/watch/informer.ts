import type { Informer, V1Pod } from '@kubernetes/client-node';

/** client-node's own informer of all pods, with the paged list that its users write to survive large clusters. Does not start yet. */
export async function createPodInformer(server: string): Promise<Informer<V1Pod>> {
  const k8s = await import('@kubernetes/client-node');
  const config = new k8s.KubeConfig();
  config.loadFromClusterAndUser({ name: 'bench', server, skipTLSVerify: true }, { name: 'bench' });
  const api = config.makeApiClient(k8s.CoreV1Api);
  return k8s.makeInformer(config, '/api/v1/pods', async () => {
    const whole = await api.listPodForAllNamespaces({ limit: 500 });
    for (let token = whole.metadata?._continue; token !== undefined;) {
      const page = await api.listPodForAllNamespaces({ limit: 500, _continue: token });
      for (const pod of page.items) whole.items.push(pod);
      token = page.metadata?._continue;
    }
    return whole;
  });
}
