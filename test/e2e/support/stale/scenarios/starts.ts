import type { Breakage } from '../breaking-proxy.ts';
import { QUIET_MS } from '../scene.ts';
import { filed, isSaidRecovered, readsOf, says, saysNothing, type Scenario, SECOND } from '../scenario.ts';

/** The agent waits two minutes for what is not required, and has a minute for the rest. */
const LEADS_AND_FILES_MS = 200 * SECOND;

interface Broken extends Pick<Scenario, 'id' | 'isSlow'> {
  readonly how: string;
  readonly resource: string;
  readonly breakage: Breakage;
  /** Without it a Deployment may have failures that nothing shows. */
  readonly isNeeded: boolean;
}

function brokenFromTheStart({ how, resource, breakage, isNeeded, ...rest }: Broken): Scenario {
  return {
    ...rest,
    name: `${how} from the start on: it leads after two minutes, files, says which kind is missing, and concludes nothing that needs it`,
    play: async (scene) => {
      const fix = scene.api.break(readsOf([resource]), breakage);
      await scene.workloads.crash('victim');
      const agent = await scene.start();
      await filed(scene, 'victim', LEADS_AND_FILES_MS);
      await says(scene, new RegExp(resource, 'u'), SECOND);
      const ready = await agent.ask('/readyz');
      if (!ready.includes(resource)) throw new Error(`/readyz does not name ${resource}: ${ready}`);
      await scene.workloads.fix('victim');
      if (isNeeded) await saysNothing(scene, 'victim', 2 * QUIET_MS);
      else await isSaidRecovered(scene, 'victim');
      fix();
      await isSaidRecovered(scene, 'victim');
    },
  };
}

/** What the API server says of a list in which it cannot decode one object. */
const corruptObject: Breakage = {
  kind: 'answer',
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Internal error occurred: unable to decode an object of the list: illegal base64 data',
    reason: 'InternalError',
    code: 500,
  }),
};

/** One broken kind holds up nothing but what needs it. */
export const starts: readonly Scenario[] = [
  brokenFromTheStart({
    id: 'cronjobs',
    how: 'CronJobs, of which one is corrupt, answer 500',
    resource: 'cronjobs',
    breakage: corruptObject,
    isNeeded: false,
  }),
  brokenFromTheStart({
    id: 'events',
    how: 'Events answer 503',
    resource: 'events',
    breakage: { kind: 'answer', status: 503 },
    isNeeded: true,
  }),
  brokenFromTheStart({
    id: 'starved',
    how: 'the list of ReplicaSets comes so slowly that it never ends,',
    resource: 'replicasets',
    breakage: { kind: 'trickle', bytesPerSecond: 20 },
    isNeeded: true,
  }),
];
