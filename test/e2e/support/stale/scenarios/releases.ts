import { throughout } from '../../wait.ts';
import { rewriteIncident } from '../later-release.ts';
import { QUIET_MS, type Scene } from '../scene.ts';
import { filed, isSaidRecovered, says, type Scenario, SECOND } from '../scenario.ts';

const LATER = { decidedBy: 'a later release' } as const;
const WORDS = 'What a later release has to say.';
const NAMED_WITHIN_MS = 30 * SECOND;
const failing = ['words', 'phase', 'shape'] as const;

/** Words that this release does not know: a class, the kind of a comment that is to be sent, and a phase. */
async function rewriteAll(scene: Scene): Promise<void> {
  await rewriteIncident(scene, 'words', ({ spec, status }) => ({
    spec: { ...spec, class: 'quantum', later: LATER },
    status: {
      ...status,
      class: 'quantum',
      later: LATER,
      comment: { kind: 'escalated', marker: 'c-0123456789', at: new Date().toISOString(), text: WORDS },
    },
  }));
  await rewriteIncident(scene, 'phase', ({ spec, status }) => ({
    spec,
    status: { ...status, phase: 'Escalated', later: LATER },
  }));
  // The key has another name, so that it stands in the labels alone.
  await rewriteIncident(scene, 'shape', ({ spec: { key, trigger: _trigger, ...spec }, status }) => ({
    spec: { ...spec, later: { identity: key } },
    status,
  }));
}

/** What a later release has left in a status is there still. */
async function isKept(scene: Scene, workload: string, phase: string): Promise<void> {
  const [incident] = await scene.incidents(workload);
  const { status } = incident ?? {};
  const later = JSON.stringify(status?.['later']);
  if (later !== JSON.stringify(LATER) || status?.phase !== phase)
    throw new Error(`not as a later release has left it: ${JSON.stringify(status)}`);
}

const downgrade: Scenario = {
  id: 'later',
  name: 'Incidents of a later release, with classes, phases, comments and shapes that this one does not know: one ticket each, told to the end',
  play: async (scene) => {
    for (const workload of failing) await scene.workloads.crash(workload);
    const before = await scene.start();
    for (const workload of failing) await filed(scene, workload);
    await before.stop();
    await rewriteAll(scene);
    await scene.workloads.crash('plain');
    await scene.start();
    await throughout('one open ticket each', 2 * QUIET_MS, () =>
      failing.every((workload) => {
        const tickets = scene.tickets(workload);
        return tickets.length === 1 && tickets[0]?.status === 'open';
      }),
    );
    await says(scene, /shape/u, NAMED_WITHIN_MS);
    await filed(scene, 'plain');
    for (const workload of [...failing, 'plain']) await scene.workloads.fix(workload);
    await isSaidRecovered(scene, 'words', { before: [WORDS] });
    await isSaidRecovered(scene, 'phase');
    await isSaidRecovered(scene, 'plain');
    await isKept(scene, 'words', 'Recovered');
    await isKept(scene, 'phase', 'Escalated');
    const shape = scene.tickets('shape');
    if (shape.length !== 1 || shape[0]?.comments.length !== 0)
      throw new Error(`nothing can be said of it: ${JSON.stringify(shape)}`);
  },
};

/** Upgrades that were undone. */
export const releases: readonly Scenario[] = [downgrade];
