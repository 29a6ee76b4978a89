import type { Cluster, Faults } from '../../cluster/index.ts';

/** The faults of the cluster that this project has started. Throws with the remedy when the cluster is another one. */
export function faultsOf({ own }: Cluster): Faults {
  if (own === undefined) throw new Error('these tests need the cluster of this project: unset KUBECONFIG');
  return own.faults;
}
