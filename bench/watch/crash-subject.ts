/** A watch of pods that says when it has seen one crash. Arguments: subject (`ours` or `informer`), server address. */
import type { V1Pod } from '@kubernetes/client-node';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { Reflector } from '../../src/kube/reflector/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { pods } from './resource.ts';
import { createPodInformer } from './informer.ts';
import { type CrashMark, machineMs } from './messages.ts';

const [, , subject = '', server = ''] = process.argv;

function seen(uid: string): void {
  const mark: CrashMark = { kind: 'seen', uid, atMs: machineMs() };
  process.send?.(mark);
}

async function watchWithOurs(): Promise<void> {
  const deps = { clock: systemClock, version: 'bench' };
  const connection = await createKubeConnection({ kind: 'explicit', server }, deps);
  const reflector = new Reflector({
    resource: pods,
    project: pods.project,
    connection,
    clock: systemClock,
    random: Math.random,
    timings: { startSpreadMs: 0 },
    onChange: ({ view, uid }) => {
      if (view.kind === 'Pod' && view.detail !== undefined) seen(uid);
    },
  });
  reflector.start();
}

/** The least that anybody would look at. */
function hasCrashed(pod: V1Pod): boolean {
  return pod.status?.containerStatuses?.some(({ restartCount }) => restartCount >= 3) === true;
}

async function watchWithInformer(): Promise<void> {
  const informer = await createPodInformer(server);
  informer.on('update', (pod) => {
    if (hasCrashed(pod)) seen(pod.metadata?.uid ?? '');
  });
  await informer.start();
}

process.once('disconnect', () => process.exit());
await (subject === 'informer' ? watchWithInformer() : watchWithOurs());
