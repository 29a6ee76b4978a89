import type { Commands, Hint } from './class-text.ts';

/** Why a deletion does not end. */
export const terminatingHint: Hint = ({ environment: { owner, pod } }) => {
  if (owner.kind === 'Namespace')
    return 'A namespace goes when all in it has gone: look at what is left, and at whoever has to let go of it.';
  return (pod?.finalizers ?? owner.finalizers) === undefined
    ? 'No finalizer holds it: look at the kubelet of its node, which has to stop it.'
    : 'A finalizer holds it: whoever has set it has to take it away. To take it away by hand skips its clean-up.';
};

/** Reads what is left, or who holds it. */
export const terminatingCommands: Commands = ({ kubectl, owner, pod }, { environment }) =>
  environment.owner.kind === 'Namespace'
    ? [
        `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 ${kubectl} get --show-kind --ignore-not-found`,
      ]
    : [`${kubectl} get ${pod ?? owner} -o jsonpath='{.metadata.finalizers}'`];
