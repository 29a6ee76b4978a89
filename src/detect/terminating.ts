import type { NamespaceView, PodView } from '../domain/views.ts';
import type { Detector, Finding } from './detector.ts';

const ofPod: Detector<PodView> = {
  kind: 'Pod',
  alsoSees: 'leaving',
  detect: ({ view }) =>
    since(view.deletionDueAt, 'the pod is still there after the grace period of its deletion'),
};

const ofNamespace: Detector<NamespaceView> = {
  kind: 'Namespace',
  alsoSees: 'leaving',
  detect: ({ view }) => since(view.deletedAt, 'the namespace was deleted and something in it does not go'),
};

/** Deletions that do not end: a finalizer that nobody removes, a node that does not answer. */
export const terminating: readonly Detector[] = [ofPod, ofNamespace];

function since(at: number | undefined, message: string): readonly Finding[] {
  return at === undefined ? [] : [{ reason: 'Terminating', message, since: at }];
}
