import { MINUTE, SECOND } from '../../domain/clock.ts';
import { isFields, toTime, type Fields, type StoredObject } from '../api-types.ts';
import { aNode } from '../node-objects.ts';
import { conditionList } from '../pod-status.ts';
import { type Crash, crashes } from './pod-stories.ts';
import { rollOut, shopRelease } from './rollout.ts';
import { aScenario, prepare, type Scenario, type Stage } from './stage.ts';
import { fixCheckout, settle, startCrashLoop, untilFixed } from './stories.ts';
import { type Release, removeWorkload, syncWorkload } from './workload.ts';

const NODE = 'node-2';

const onNode = ['cart', 'catalog', 'orders', 'prices', 'ratings', 'stock'].map((name) =>
  shopRelease(name, '1.4.0', { replicas: 5, revision: 2, node: NODE }),
);

/** A node with 30 pods stops answering, and comes back. */
export const nodeLoss: Scenario = aScenario(
  {
    name: 'node-loss',
    summary: 'Node node-2 with 30 pods of six Deployments stops answering: one ticket, for the node.',
  },
  async (stage) => {
    for (const release of onNode) await settle(stage, release);
    stage.say('30 pods of six Deployments run on node-2');
    await stage.wait(5 * SECOND);
    stage.say('node-2 stops answering: the control plane marks it, and all pods on it, as not ready');
    setNode(stage, false);
    await stage.world.whenFiled(NODE);
    await stage.wait(MINUTE);
    stage.say('node-2 answers again');
    setNode(stage, true);
  },
);

/** What the node lifecycle controller writes when a kubelet has been silent for 40 s, and when it is heard again. */
function setNode(stage: Stage, isThere: boolean): void {
  const { objects } = stage.sandbox;
  objects.update({ kind: 'Node', name: NODE }, (node) => {
    const status = isFields(node['status']) ? node['status'] : {};
    const healthy = aNode(NODE, stage.now())['status'] as Fields;
    const at = toTime(stage.now());
    const conditions = conditionList(healthy).map((condition) => ({
      ...condition,
      lastTransitionTime: at,
      ...(isThere
        ? {}
        : {
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
          }),
    }));
    node['status'] = { ...status, conditions };
    const taint = { key: 'node.kubernetes.io/unreachable', timeAdded: at };
    const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({ ...taint, effect }));
    const { taints: _before, ...spec } = isFields(node['spec']) ? node['spec'] : {};
    node['spec'] = isThere ? spec : { ...spec, taints };
  });
  for (const release of onNode) {
    const pods = objects.list({
      kind: 'Pod',
      namespace: release.namespace,
      labelSelector: `app=${release.name}`,
    });
    for (const pod of pods) setReady(stage, pod, isThere);
    syncWorkload(stage, release);
  }
}

function setReady(stage: Stage, { metadata }: StoredObject, isReady: boolean): void {
  const ref = { kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name };
  stage.sandbox.objects.update(ref, (pod) => {
    const status = isFields(pod['status']) ? pod['status'] : {};
    const conditions = conditionList(status).map((condition) =>
      condition['type'] === 'Ready'
        ? { ...condition, status: isReady ? 'True' : 'False', lastTransitionTime: toTime(stage.now()) }
        : condition,
    );
    pod['status'] = { ...status, conditions };
  });
}

const unrelated = [
  'accounts',
  'audit',
  'banners',
  'coupons',
  'exports',
  'feeds',
  'gateway',
  'images',
  'invoices',
  'loyalty',
  'payments',
  'reviews',
  'shipping',
  'taxes',
].map((name) => shopRelease(name, '1.4.0', { revision: 2 }));

/** Many workloads fail at once: one ticket for the storm. */
export const storm: Scenario = aScenario(
  {
    name: 'storm',
    summary: `${unrelated.length} Deployments begin to crash within seconds: one ticket for the storm in place of one for each.`,
  },
  async (stage) => {
    prepare(stage, 'shop');
    stage.say(`${unrelated.length} Deployments are rolled out, and every one of them crashes at its start`);
    let isPermitted = false;
    const playing = await Promise.all(
      unrelated.map((release, index) => {
        removeWorkload(stage, release);
        const crash = { ...flagsDenied(release, index), isOver: () => isPermitted };
        return rollOut(stage, release, crashes(crash));
      }),
    );
    await untilFixed(stage, 'Storm');
    stage.say('the feature flags can be read again: the next start of each pod succeeds');
    isPermitted = true;
    await Promise.all(playing.flat());
    stage.say(`all ${unrelated.length} Deployments are ready`);
  },
);

function flagsDenied({ name }: Release, index: number): Crash {
  return {
    container: name,
    exitCode: 1 + (index % 3),
    reason: 'Error',
    runMs: 2_000,
    log: () => `level=info msg="starting ${name}"\nfatal: cannot read feature flags: permission denied\n`,
  };
}

/** The ticket API does not answer for a minute while a workload begins to crash. */
export const ticketApiAway: Scenario = aScenario(
  {
    name: 'ticket-api-away',
    summary:
      'checkout crashes while the ticket API is away for a minute: the ticket is filed when it is back, once.',
  },
  async (stage) => {
    stage.say('the ticket API does not answer any more');
    stage.world.setTicketApi(false);
    const playing: Promise<void>[] = [];
    try {
      playing.push(...(await startCrashLoop(stage)));
      await stage.wait(MINUTE);
    } finally {
      stage.world.setTicketApi(true);
    }
    stage.say('the ticket API is back');
    await stage.world.whenFiled('checkout');
    await stage.wait(MINUTE);
    await fixCheckout(stage);
    await Promise.all(playing);
  },
);

/** The agent is restarted before and after it has filed. */
export const agentRestarted: Scenario = aScenario(
  {
    name: 'agent-restarted',
    summary:
      'checkout crashes, and the agent is restarted twice: before its ticket and after it. There is one ticket.',
  },
  async (stage) => {
    const playing = await startCrashLoop(stage);
    await stage.wait(20 * SECOND);
    stage.say('the agent is stopped and started again: all that it had in memory is gone');
    await stage.world.restartAgent();
    await stage.world.whenFiled('checkout');
    await stage.wait(20 * SECOND);
    stage.say('the agent is restarted once more, after the ticket');
    await stage.world.restartAgent();
    await stage.wait(MINUTE);
    await fixCheckout(stage);
    await Promise.all(playing);
  },
);
