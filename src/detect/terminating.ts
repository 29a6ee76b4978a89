import type { NamespaceView, PodView } from '../domain/views.ts';
import type { AnyDetector, Detector } from './detector.ts';
import { signalOf } from './signal.ts';

const ofPod: Detector<PodView> = {
  class: 'terminating',
  kind: 'Pod',
  alsoSees: 'leaving',
  isOptIn: true,
  detect: ({ view }) =>
    view.deletionDueAt === undefined
      ? []
      : [
          signalOf('terminating', view, {
            reason: 'Terminating',
            message: 'the pod is still there after the grace period of its deletion',
            since: view.deletionDueAt,
          }),
        ],
};

const ofNamespace: Detector<NamespaceView> = {
  class: 'terminating',
  kind: 'Namespace',
  alsoSees: 'leaving',
  isOptIn: true,
  detect: ({ view }) =>
    view.deletedAt === undefined
      ? []
      : [
          signalOf('terminating', view, {
            reason: 'Terminating',
            message: 'the namespace was deleted and something in it does not go',
            since: view.deletedAt,
          }),
        ],
};

/** Deletions that do not come to their end: a finalizer that nobody takes away, a node that does not answer. */
export const terminating: readonly AnyDetector[] = [ofPod, ofNamespace];
