/** The agent's watch of pods, which says when it has seen a pod crash. Argument: server address. */
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { createReflector } from '../../src/kube/reflector/index.ts';
import { systemClock } from '../../src/lib/system-clock.ts';
import { toPod } from '../../src/watch/to-pod.ts';
import { type CrashMark, machineMs } from './messages.ts';

const [, , server = ''] = process.argv;
const deps = { clock: systemClock, version: 'bench' };
const connection = await createKubeConnection({ kind: 'explicit', server }, deps);
const reflector = createReflector({
  resource: { path: '/api/v1/pods', kind: 'Pod' },
  project: toPod,
  connection,
  clock: systemClock,
  random: Math.random,
  timings: { startSpreadMs: 0 },
  onChange: ({ view, uid }) => {
    if (view.detail === undefined) return;
    const mark: CrashMark = { kind: 'seen', uid, atMs: machineMs() };
    process.send?.(mark);
  },
});
process.once('disconnect', () => process.exit());
reflector.start();
