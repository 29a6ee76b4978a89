import { SECOND } from '../../domain/clock.ts';
import { crashes, type Crash, runsWell } from './pod-stories.ts';
import { installRunning, rollOut, shopImage, shopRelease } from './rollout.ts';
import { aScenario, prepare, type Scenario, type Stage } from './stage.ts';
import { INIT_CONTAINER, type Release, removeWorkload } from './workload.ts';

const checkout = shopRelease('checkout', '1.41.0', { replicas: 3, revision: 6, memoryLimit: '256Mi' });
const brokenCheckout: Release = { ...checkout, revision: 7, image: shopImage('checkout', '1.42.0') };
const fixedCheckout: Release = { ...checkout, revision: 8, image: shopImage('checkout', '1.42.1') };

const configError: Crash = {
  container: 'checkout',
  exitCode: 3,
  reason: 'Error',
  runMs: 1_000,
  log: (run) =>
    `${[
      'level=info msg="starting checkout" version=1.42.0',
      'level=info msg="reading configuration" file=/etc/checkout/config.yaml',
      `level=info msg="connecting to database" host=orders-db.shop.svc attempt=${run + 1}`,
      'level=info msg="database connected" latency=12ms',
      'level=warn msg="key is deprecated" key=payments.timeout use=payments.timeoutSeconds',
      'level=error msg="invalid configuration" file=/etc/checkout/config.yaml line=17',
      'fatal: payments.provider must be one of [adyen stripe], got "stirpe"',
    ].join('\n')}\n`,
};

/** A Deployment of three replicas whose new revision cannot read its configuration. */
export const crashLoop: Scenario = aScenario(
  {
    name: 'crash-loop-only',
    summary: 'Revision 7 of Deployment checkout (namespace shop, three replicas) exits 3 at every start.',
  },
  async (stage) => {
    await Promise.all(await startCrashLoop(stage));
  },
);

/** Has a release run since three days, whatever an earlier run of a scenario has left of it. */
export async function settle(stage: Stage, release: Release): Promise<void> {
  prepare(stage, release.namespace, release.node);
  removeWorkload(stage, release);
  await installRunning(stage, release);
}

/** Begins the crash loop of checkout. Resolves with what its pods play, when all have been made. */
export async function startCrashLoop(stage: Stage): Promise<readonly Promise<void>[]> {
  await settle(stage, checkout);
  stage.say('checkout has been running in revision 6 for three days');
  await stage.wait(1_000);
  stage.say('checkout is rolled out in revision 7, and every new pod exits 3 after a second');
  return rollOut(stage, brokenCheckout, crashes(configError));
}

/** How long after its ticket a failure is fixed, in story time. */
const FIXED_AFTER_MS = 150 * SECOND;

/** Waits for the ticket about this workload or node, and then as long as people take to find a fix. */
export async function untilFixed(stage: Stage, name: string): Promise<void> {
  await stage.world.whenFiled(name);
  stage.say(`the fix comes in ${FIXED_AFTER_MS / SECOND} s of the story`);
  await stage.wait(FIXED_AFTER_MS);
}

/** Rolls out a release that runs. `how` says what has changed in it. */
export async function rollOutFix(stage: Stage, release: Release, how: string): Promise<void> {
  const { name } = release;
  stage.say(`${name} is rolled out ${how}, and runs`);
  await Promise.all(await rollOut(stage, release, runsWell(release)));
  stage.say(`all replicas of ${name} are ready`);
}

/** Ends the crash loop of checkout. */
export function fixCheckout(stage: Stage): Promise<void> {
  return rollOutFix(stage, fixedCheckout, 'in revision 8');
}

/** The end of `crashLoop`: play it on the same sandbox, beside or after it. */
export const fix: Scenario = aScenario(
  { name: 'fix', summary: 'Revision 8 of Deployment checkout replaces the crashing pods and runs.' },
  async (stage) => {
    prepare(stage, 'shop');
    await fixCheckout(stage);
  },
);

/** A crash loop, its ticket, and the revision that ends it. */
export const crashThenFix: Scenario = aScenario(
  {
    name: 'crash-loop',
    summary:
      'Revision 7 of Deployment checkout exits 3 at every start; revision 8 fixes it once the ticket is there.',
  },
  async (stage) => {
    const playing = await startCrashLoop(stage);
    await untilFixed(stage, 'checkout');
    await fixCheckout(stage);
    await Promise.all(playing);
  },
);

const reports = shopRelease('reports', '3.7.2', { memoryLimit: '32Mi' });

/** A container that outgrows its memory limit. */
export const oom: Scenario = aScenario(
  {
    name: 'out-of-memory',
    summary:
      'Deployment reports is OOMKilled at its limit of 32Mi again and again; once the ticket is there it gets 1Gi.',
  },
  async (stage) => {
    prepare(stage, 'shop');
    removeWorkload(stage, reports);
    stage.say('reports starts to build a report that does not fit into 32Mi');
    const crash: Crash = {
      container: 'reports',
      exitCode: 137,
      reason: 'OOMKilled',
      runMs: 4_000,
      log: () =>
        'level=info msg="starting reports"\nlevel=info msg="loading orders" month=2026-10\nloaded 40000 of 611204 rows\n',
    };
    const playing = await rollOut(stage, reports, crashes(crash));
    await untilFixed(stage, 'reports');
    await rollOutFix(stage, { ...reports, revision: 2, memoryLimit: '1Gi' }, 'with a limit of 1Gi');
    await Promise.all(playing);
  },
);

const inventory = shopRelease('inventory', '0.9.0', {
  replicas: 2,
  initImage: shopImage('inventory-migrate', '0.9.0'),
});

/** An init container that fails, so that the pod's own containers never start. */
export const initCrash: Scenario = aScenario(
  {
    name: 'init-crash',
    summary:
      'The init container migrate of Deployment inventory exits 1; once the ticket is there it is repaired.',
  },
  async (stage) => {
    prepare(stage, 'shop');
    removeWorkload(stage, inventory);
    stage.say('inventory is installed, and its migration fails before it can start');
    const crash: Crash = {
      container: INIT_CONTAINER,
      exitCode: 1,
      reason: 'Error',
      runMs: 2_000,
      log: () =>
        'applying 0042_add_reserved_column.sql\nERROR: column "reserved" of relation "stock" already exists\n',
    };
    const playing = await rollOut(stage, inventory, crashes(crash));
    await untilFixed(stage, 'inventory');
    await rollOutFix(
      stage,
      { ...inventory, revision: 2, initImage: shopImage('inventory-migrate', '0.9.1') },
      'with a migration that passes',
    );
    await Promise.all(playing);
  },
);

const web = shopRelease('web', '2.0.0', { replicas: 3 });

/** A rolling update as it should be: old pods end with exit code 143 while they are being deleted. */
export const healthyRollout: Scenario = aScenario(
  {
    name: 'healthy-rollout',
    summary: 'Deployment web (namespace shop, three replicas) is updated and nothing fails.',
  },
  async (stage) => {
    await settle(stage, web);
    stage.say('web is rolled out in revision 2');
    const next = { ...web, revision: 2, image: shopImage('web', '2.1.0') };
    await Promise.all(await rollOut(stage, next, runsWell(next)));
    stage.say('all replicas of web are ready');
  },
);
