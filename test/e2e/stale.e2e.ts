import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureCluster } from '../cluster/index.ts';
import { installLaterCrd } from './support/stale/later-release.ts';
import { openScene, type Scene } from './support/stale/scene.ts';
import type { Scenario } from './support/stale/scenario.ts';
import { clocks } from './support/stale/scenarios/clocks.ts';
import { desks } from './support/stale/scenarios/desks.ts';
import { releases } from './support/stale/scenarios/releases.ts';
import { outages } from './support/stale/scenarios/outages.ts';
import { starts } from './support/stale/scenarios/starts.ts';
import { openStage, type Stage } from './support/stale/stage.ts';

/**
 * What the agent believes is true: real workloads on a real cluster, and a proxy between the agent and each API that breaks one
 * path at a time. All scenarios are played side by side, as they mostly wait, each by an agent of its own; with `E2E_SLOW=1` there are
 * more of them, in groups. The custom resource is that of a later release, in which all that this one writes is valid. `E2E_ONLY=unseen,paused` plays only these.
 */
const SECOND = 1_000;
const SIDE_BY_SIDE = 12;
const only = process.env['E2E_ONLY']?.split(',');
const isSlow = process.env['E2E_SLOW'] === '1';

const scenarios: readonly Scenario[] = [...outages, ...starts, ...clocks, ...desks, ...releases].filter(
  (scenario) => (only === undefined ? isSlow || scenario.isSlow !== true : only.includes(scenario.id)),
);
const TEST_MS = 600 * SECOND * Math.ceil(scenarios.length / SIDE_BY_SIDE);

let stage: Stage;
let restoreCrd: () => Promise<void>;
let all: Promise<unknown>;
const outcomes = new Map(scenarios.map((scenario) => [scenario, Promise.withResolvers<void>()]));

async function playOne(scenario: Scenario): Promise<void> {
  let scene: Scene | undefined;
  try {
    scene = await openScene(stage, scenario.id);
    await scenario.play(scene);
  } catch (error) {
    process.stderr.write(`--- ${scenario.name}\n${scene?.report() ?? ''}\n`);
    throw error;
  } finally {
    if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write(scene?.report() ?? '');
    await scene?.close();
  }
}

/** Plays what is left, one after the other. */
async function playAll(left: Scenario[]): Promise<void> {
  for (let scenario = left.shift(); scenario !== undefined; scenario = left.shift()) {
    const outcome = outcomes.get(scenario);
    await playOne(scenario).then(outcome?.resolve, outcome?.reject);
  }
}

beforeAll(async () => {
  // A scenario may fail before its test asks for it.
  for (const { promise } of outcomes.values()) promise.catch(() => undefined);
  stage = await openStage(await ensureCluster());
  restoreCrd = await installLaterCrd(stage.admin);
  const left = [...scenarios];
  all = Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => playAll(left)));
}, 240 * SECOND);

afterAll(async () => {
  await all;
  await restoreCrd();
  await stage.clear();
}, TEST_MS);

test.each(scenarios.map((scenario) => ({ scenario, name: scenario.name })))(
  '$name',
  async ({ scenario }) => {
    await expect(outcomes.get(scenario)?.promise).resolves.toBeUndefined();
  },
  TEST_MS,
);
