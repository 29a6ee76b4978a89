import { agentRestarted, nodeLoss, storm, ticketApiAway } from './cluster-stories.ts';
import type { Scenario } from './stage.ts';
import { crashLoop, crashThenFix, fix, healthyRollout, initCrash, oom } from './stories.ts';
import { badRollout, imageTypo, manualAnnotation } from './workload-stories.ts';

export type { Scenario, ScenarioContext, World } from './stage.ts';
export { crashLoop, fix, healthyRollout, initCrash, oom };

/** Every story that can be played, in the order in which they are offered. */
export const scenarios: readonly Scenario[] = [
  crashThenFix,
  imageTypo,
  oom,
  nodeLoss,
  storm,
  badRollout,
  manualAnnotation,
  ticketApiAway,
  agentRestarted,
  initCrash,
  healthyRollout,
];
