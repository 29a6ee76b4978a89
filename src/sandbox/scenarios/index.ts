import type { Scenario } from './stage.ts';
import { crashLoop, fix, healthyRollout, initCrash, oom } from './stories.ts';

export type { Scenario, ScenarioContext } from './stage.ts';
export { crashLoop, fix, healthyRollout, initCrash, oom };

/** Every story that can be played. */
export const scenarios: readonly Scenario[] = [crashLoop, fix, oom, initCrash, healthyRollout];
