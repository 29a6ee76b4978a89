import { watchedResources } from '../../src/watch/index.ts';
import type { WatchedResource } from '../../src/watch/index.ts';

/** Pods, exactly as the agent watches them. */
export const pods: WatchedResource = onlyPods();

function onlyPods(): WatchedResource {
  const found = watchedResources({ incidentNamespace: 'bench' }).find(({ name }) => name === 'pods');
  if (found === undefined) throw new Error('nobody watches pods');
  return found;
}
