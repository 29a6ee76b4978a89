import { MINUTE, SECOND } from '../../domain/clock.ts';
import { FILE_TICKET_ANNOTATION } from '../../domain/incident.ts';
import { fieldAt, toTime } from '../api-types.ts';
import { conditionList } from '../pod-status.ts';
import { neverPulls, neverReady } from './pod-stories.ts';
import { createPlayedPod, deletePod } from './played-pod.ts';
import { shopImage, shopRelease } from './rollout.ts';
import { aScenario, type Scenario, type Stage } from './stage.ts';
import { rollOutFix, settle, untilFixed } from './stories.ts';
import { applyRelease, type Release, replicaSetName, scaleRelease, syncWorkload } from './workload.ts';

const mailer = shopRelease('mailer', '5.1.0', { replicas: 2, revision: 3 });

/** An image that the registry does not have. */
export const imageTypo: Scenario = aScenario(
  {
    name: 'image-typo',
    summary:
      'Deployment mailer is rolled out with a tag that the registry does not have, then with the right one.',
  },
  async (stage) => {
    await settle(stage, mailer);
    const typo: Release = { ...mailer, revision: 4, image: shopImage('mailer', '5.2.O') };
    stage.say('mailer is rolled out with tag 5.2.O: the letter, not the number');
    // The old pods stay until a new one is ready, and none ever is.
    applyRelease(stage, typo);
    scaleRelease(stage, typo, 1);
    const pod = createPlayedPod(stage, typo);
    void neverPulls('mailer', typo.image)(stage, pod).catch(() => undefined);
    await untilFixed(stage, 'mailer');
    await rollOutFix(
      stage,
      { ...mailer, revision: 5, image: shopImage('mailer', '5.2.0') },
      'with tag 5.2.0',
    );
  },
);

const search = shopRelease('search', '8.3.1', { replicas: 3, revision: 11, memoryLimit: '512Mi' });

/** A revision that never becomes ready, and is taken back. */
export const badRollout: Scenario = aScenario(
  {
    name: 'bad-rollout',
    summary:
      'Revision 12 of Deployment search never becomes ready; the rollout passes its deadline and is undone.',
  },
  async (stage) => {
    await settle(stage, search);
    const bad: Release = { ...search, revision: 12, image: shopImage('search', '8.4.0') };
    stage.say('search is rolled out in revision 12, whose first pod does not become ready');
    applyRelease(stage, bad);
    scaleRelease(stage, bad, 1);
    const pod = createPlayedPod(stage, bad);
    const log =
      'level=info msg="starting search"\nlevel=error msg="index has format 7, this release reads 8" path=/data/index\n';
    void neverReady('search', log)(stage, pod).catch(() => undefined);
    await stage.wait(MINUTE);
    passDeadline(stage, bad);
    stage.say('the rollout of search has passed its deadline');
    await stage.world.whenFiled('search');
    await stage.wait(30 * SECOND);
    stage.say('the rollout is undone: revision 13 is revision 11 again');
    applyRelease(stage, { ...search, revision: 13 });
    scaleRelease(stage, search, search.replicas);
    scaleRelease(stage, bad, 0);
    await deletePod(stage, bad, pod.name);
    syncWorkload(stage, search);
  },
);

/** As the Deployment controller says it. */
function passDeadline(stage: Stage, release: Release): void {
  const { namespace, name } = release;
  stage.sandbox.objects.update({ kind: 'Deployment', namespace, name }, (object) => {
    const at = toTime(stage.now());
    const others = conditionList(object['status']).filter(({ type }) => type !== 'Progressing');
    const exceeded = {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${replicaSetName(release)}" has timed out progressing.`,
      lastUpdateTime: at,
      lastTransitionTime: at,
    };
    object['status'] = { ...(fieldAt(object, 'status') as object), conditions: [...others, exceeded] };
  });
}

const billing = shopRelease('billing', '2.9.3', { replicas: 2, revision: 4, memoryLimit: '256Mi' });

/** A person asks for a ticket about a workload that does not fail. */
export const manualAnnotation: Scenario = aScenario(
  {
    name: 'manual',
    summary: 'Deployment billing runs well, and a person asks for a ticket about it by an annotation.',
  },
  async (stage) => {
    await settle(stage, billing);
    stage.say(
      'billing runs; a person annotates it: kubectl annotate deployment/billing support.ankra.app/file-ticket=…',
    );
    await stage.wait(5 * SECOND);
    stage.sandbox.objects.update(
      { kind: 'Deployment', namespace: 'shop', name: 'billing' },
      ({ metadata }) => {
        const note =
          'Invoices take 40 s since this morning; pods look healthy. Please have a look at the database.';
        metadata.annotations = { ...metadata.annotations, [FILE_TICKET_ANNOTATION]: note };
      },
    );
    await stage.world.whenFiled('billing');
  },
);
