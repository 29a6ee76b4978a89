import type { ClassText, Commands, Hint } from './class-text.ts';

const terminatingHint: Hint = ({ environment: { owner, pod } }) => {
  if (owner.kind === 'Namespace')
    return 'A namespace goes when all in it has gone: look at what is left, and at whoever has to let go of it.';
  return (pod?.finalizers ?? owner.finalizers) === undefined
    ? 'No finalizer holds it: look at the kubelet of its node, which has to stop it.'
    : 'A finalizer holds it: whoever has set it has to take it away. To take it away by hand skips its clean-up.';
};

const terminatingCommands: Commands = ({ kubectl, owner, pod }, { environment }) =>
  environment.owner.kind === 'Namespace'
    ? [
        `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 ${kubectl} get --show-kind --ignore-not-found`,
      ]
    : [`${kubectl} get ${pod ?? owner} -o jsonpath='{.metadata.finalizers}'`];

/** Texts for a deletion that does not come to its end. */
export const terminatingText: ClassText = { hint: terminatingHint, commands: terminatingCommands };
