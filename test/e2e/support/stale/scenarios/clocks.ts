import { setTimeout as delay } from 'node:timers/promises';
import { throughout } from '../../wait.ts';
import { QUIET_MS, type Scene } from '../scene.ts';
import { filed, isSaidRecovered, says, saysNothing, type Scenario, SECOND } from '../scenario.ts';

const TEN_MINUTES_MS = 600 * SECOND;
const HOLD_SECONDS = 60;
/** The hold counts from when the pod was made; nothing may be filed until shortly before its end. */
const HELD_MS = (HOLD_SECONDS - 15) * SECOND;
const MINUTE_MS = 60 * SECOND;
const WARNED_WITHIN_MS = 60 * SECOND;
const config = { classes: { image: { for: `${HOLD_SECONDS}s` } } } as const;

/** A failure that may pass by itself is held as long as it says in the configuration, whatever the agent's own clock says. */
async function isHeld(scene: Scene): Promise<void> {
  await scene.workloads.lackImage('imageless');
  await throughout('no ticket before its hold is over', HELD_MS, () => {
    if (scene.tickets('imageless').length === 0) return true;
    throw new Error(`filed before its hold of ${HOLD_SECONDS} s was over`);
  });
  await filed(scene, 'imageless');
}

/** The time that a comment names is that of the cluster. */
function tellsTheTime(scene: Scene): void {
  const comment = scene.tickets('loop')[0]?.comments[0] ?? '';
  const said = Date.parse(
    /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/u.exec(comment)?.[0]?.replace(' ', 'T').concat('Z') ?? '',
  );
  if (Math.abs(said - Date.now()) > 5 * MINUTE_MS) throw new Error(`the time in it is wrong: ${comment}`);
}

const ahead: Scenario = {
  id: 'ahead',
  name: "the agent's clock jumps ten minutes ahead: nothing has recovered, no hold is over, and the jump is told",
  play: async (scene) => {
    await scene.workloads.crashSlowly('loop');
    const agent = await scene.start({ config: { ...config, closeRecovered: true } });
    await filed(scene, 'loop');
    await scene.workloads.untilRunning('loop');
    await delay(3 * SECOND);
    agent.setClockOff(TEN_MINUTES_MS);
    await saysNothing(scene, 'loop', 2 * QUIET_MS);
    await says(scene, /clock/u, WARNED_WITHIN_MS);
    await isHeld(scene);
    await saysNothing(scene, 'loop', SECOND);
    await scene.workloads.fix('loop');
    await isSaidRecovered(scene, 'loop', { isClosed: true });
    tellsTheTime(scene);
  },
};

const behind: Scenario = {
  id: 'behind',
  name: "the agent's clock is ten minutes behind: failures and recoveries are said as soon as with a good one",
  play: async (scene) => {
    await scene.workloads.crashSlowly('loop');
    await scene.start({ config: { ...config, closeRecovered: true }, clockOffMs: -TEN_MINUTES_MS });
    await Promise.all([filed(scene, 'loop'), isHeld(scene)]);
    await says(scene, /clock/u, WARNED_WITHIN_MS);
    await scene.workloads.fix('loop');
    await isSaidRecovered(scene, 'loop', { isClosed: true });
    tellsTheTime(scene);
  },
};

const jumpsBack: Scenario = {
  id: 'back',
  name: "the agent's clock jumps ten minutes back while something recovers: it is said all the same",
  isSlow: true,
  play: async (scene) => {
    await scene.workloads.crashSlowly('loop');
    const agent = await scene.start({ config: { closeRecovered: true } });
    await filed(scene, 'loop');
    await scene.workloads.fix('loop');
    agent.setClockOff(-TEN_MINUTES_MS);
    await isSaidRecovered(scene, 'loop', { isClosed: true });
    tellsTheTime(scene);
  },
};

/** Time is the cluster's. */
export const clocks: readonly Scenario[] = [ahead, behind, jumpsBack];
