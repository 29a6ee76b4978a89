import { describeKubernetesContract } from './kubernetes-api.contract.ts';
import { connectToRealCluster } from './real-cluster.ts';

/**
 * The contract against a real API server. Not part of the unit suite; run it with
 *
 *   KUBECONFIG=… CONTRACT_ETCDCTL='etcdctl --endpoints=…' npm test -- --testMatch '**\/test/contract/real-cluster.contract.ts'
 *
 * The cluster needs the Incident CRD. `CONTRACT_IMAGE` names an image with a shell that its node can start.
 * Without `CONTRACT_ETCDCTL` the compaction tests are skipped, with `CONTRACT_NO_KUBELET=1` those of logs.
 */
const { KUBECONFIG, CONTRACT_ETCDCTL, CONTRACT_IMAGE, CONTRACT_NO_KUBELET } = process.env;

describeKubernetesContract(
  'a real API server',
  () => {
    if (KUBECONFIG === undefined || KUBECONFIG === '')
      throw new Error('set KUBECONFIG to a throw-away cluster');
    return connectToRealCluster({
      kubeconfig: KUBECONFIG,
      image: CONTRACT_IMAGE ?? 'docker.io/library/busybox:1.35',
      ...(CONTRACT_ETCDCTL === undefined ? {} : { etcdctl: CONTRACT_ETCDCTL.split(' ') }),
    });
  },
  { cannotCompact: CONTRACT_ETCDCTL === undefined, hasNoKubelet: CONTRACT_NO_KUBELET === '1' },
);
