import { DAY } from '../../domain/clock.ts';
import type { StoredObject } from '../api-types.ts';
import { createPlayedPod, deletePod } from './played-pod.ts';
import { type PodStory, runsWell } from './pod-stories.ts';
import type { Stage } from './stage.ts';
import { applyRelease, replicaSetName, scaleRelease, syncWorkload, type Release } from './workload.ts';

/** A release of a Deployment of one replica in the shop's namespace, and what is else about it. */
export function shopRelease(name: string, tag: string, more: Partial<Release> = {}): Release {
  return {
    namespace: 'shop',
    name,
    replicas: 1,
    revision: 1,
    image: shopImage(name, tag),
    memoryLimit: '128Mi',
    ...more,
  };
}

/** The name of an image of the shop. */
export function shopImage(name: string, tag: string): string {
  return `registry.example.com/shop/${name}:${tag}`;
}

/** The same stage some time ago, where everything has long been settled and Events are forgotten. */
function earlier(stage: Stage, agoMs: number): Stage {
  return {
    ...stage,
    now: () => stage.now() - agoMs,
    wait: () => Promise.resolve(),
    report: () => undefined,
    reportAction: () => undefined,
  };
}

/** A release that has been running for three days. */
export async function installRunning(stage: Stage, release: Release): Promise<void> {
  const past = earlier(stage, 3 * DAY);
  applyRelease(past, release);
  scaleRelease(past, release, release.replicas);
  for (let replica = 0; replica < release.replicas; replica += 1)
    await runsWell(release)(past, createPlayedPod(past, release));
}

function otherPods(stage: Stage, release: Release): StoredObject[] {
  const { objects } = stage.sandbox;
  const current = replicaSetName(release);
  return objects
    .list({ kind: 'Pod', namespace: release.namespace, labelSelector: `app=${release.name}` })
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.name !== current);
}

function scaleOwner(stage: Stage, release: Release, pod: StoredObject): void {
  const name = pod.metadata.ownerReferences?.[0]?.name ?? '';
  const left = otherPods(stage, release).filter(
    ({ metadata }) => metadata.ownerReferences?.[0]?.name === name && metadata.name !== pod.metadata.name,
  );
  const ref = { kind: 'ReplicaSet', namespace: release.namespace, name };
  stage.sandbox.objects.update(ref, (object) => {
    object['spec'] = { ...(object['spec'] as object), replicas: left.length };
  });
  const deployment = stage.sandbox.objects.get({ ...ref, kind: 'Deployment', name: release.name });
  if (deployment === undefined) return;
  stage.report({
    regarding: deployment,
    reason: 'ScalingReplicaSet',
    message: `Scaled down replica set ${name} from ${left.length + 1} to ${left.length}`,
    component: 'deployment-controller',
  });
}

/**
 * A rolling update: one pod more, then one old pod less, until all are new. Without a readiness probe a container
 * counts as ready as soon as it runs, so that the update goes on even when every new pod crashes a second later.
 * Resolves with what the new pods are playing.
 */
export async function rollOut(stage: Stage, release: Release, story: PodStory): Promise<Promise<void>[]> {
  applyRelease(stage, release);
  const stories: Promise<void>[] = [];
  for (let replica = 1; replica <= release.replicas; replica += 1) {
    scaleRelease(stage, release, replica);
    const pod = createPlayedPod(stage, release);
    const played = story(stage, pod);
    // The caller awaits it later; until then a failure must not look unhandled.
    played.catch(() => undefined);
    stories.push(played);
    await stage.wait(1_000);
    const [old] = otherPods(stage, release);
    if (old === undefined) continue;
    scaleOwner(stage, release, old);
    await deletePod(stage, release, old.metadata.name);
  }
  syncWorkload(stage, release);
  return stories;
}
