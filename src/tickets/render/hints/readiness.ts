import type { ContainerFacts, Environment } from '../../../domain/environment.ts';
import { failingContainer, lastEnd, probeReport, readinessOf } from '../containers.ts';
import { type Commands, type Hint, type HintInput, type Row, firstMatch } from './class-text.ts';
import { schedulingCommands } from './scheduling.ts';
import { endHint } from './crash.ts';

const causes: readonly Row[] = [
  [
    /connection refused/i,
    'Nothing listens where the probe asks: compare its port with the one that the program opens, and look at whether it listens on all addresses or on localhost alone.',
  ],
  [
    /deadline exceeded|timeout|timed out/i,
    'The answer takes longer than the probe waits (1 s by default): look at what slows the program down, then at the timeout.',
  ],
  [
    /statuscode: 404/i,
    'The program answers, but has nothing at the path of the probe: compare the path with the version that runs.',
  ],
  [/statuscode: 40[13]/i, 'The program wants a login where the probe asks: such a path must be open.'],
  [
    /statuscode: 5\d\d/i,
    'The program runs and says itself that it is not ready: look at what it waits for, a database or another service.',
  ],
  [/no such host|lookup /i, 'The name that the probe asks for is not known.'],
];

const NO_TRAFFIC =
  'It runs and gets no traffic. Look at what the probe asks, and at what the container waits for.';

/** Why a probe fails. */
export const probeHint: Hint = (input) => firstMatch(causes, input) ?? NO_TRAFFIC;

const UNKNOWN =
  'The newest pods do not get ready, and the rollout waits for them: look at what their readiness probe asks, and at what the program waits for.';
const PAUSED = 'The rollout is paused: it goes on after kubectl rollout resume.';
const GATES =
  'The containers are ready, the pod is not: somebody else has to set its readiness gate, mostly the controller of a load balancer.';
const ON_DELETE =
  'Its update strategy is OnDelete: a pod gets the newest revision only when somebody deletes it.';

const UNPLACED =
  'No node takes the newest pod, and the rollout waits for it: compare what it requests and asks of a node with what the nodes have left.';
const NO_SURGE = ' maxSurge 0 in the strategy needs no room for one more.';
const WAITING =
  'The newest pod has not begun, and the rollout waits for it: the reason for which its container waits is the cause.';

function isUnplaced({ pod }: Environment): boolean {
  return (
    pod?.conditions.some(
      ({ type, status, reason }) =>
        type === 'PodScheduled' && status === 'False' && reason !== 'SchedulingGated',
    ) === true
  );
}

function hasNotRun(container: ContainerFacts): boolean {
  return container.state.running === undefined && lastEnd(container) === undefined;
}

function ruleHint({ rollout }: Environment): string | undefined {
  if (rollout?.paused === true) return PAUSED;
  return rollout?.strategy?.startsWith('OnDelete') === true ? ON_DELETE : undefined;
}

/** Why a rollout does not come to its end: what its pod shows, else what the rules of the rollout say. */
export const rolloutHint: Hint = (input) => {
  const { environment } = input;
  const container = failingContainer(environment, undefined);
  const known = ruleHint(environment) ?? podHint(environment);
  if (known !== undefined) return known;
  return (container && containerHint(environment, container)) ?? probedHint(input, container);
};

function podHint(environment: Environment): string | undefined {
  if (readinessOf(environment)?.reason === 'ReadinessGatesNotReady') return GATES;
  if (!isUnplaced(environment)) return undefined;
  return environment.owner.kind === 'Deployment' ? `${UNPLACED}${NO_SURGE}` : UNPLACED;
}

function containerHint(environment: Environment, container: ContainerFacts): string | undefined {
  if (container.state.waiting !== undefined && hasNotRun(container)) return WAITING;
  const ended = endHint(environment, container);
  return ended === undefined ? undefined : `${ended} That keeps the rollout from its end.`;
}

/** Where the probe has said several things, the hint is about that of which the cause speaks. */
function probedHint({ environment, reports }: HintInput, container: ContainerFacts | undefined): string {
  const report = container === undefined ? undefined : probeReport(environment, container.name);
  return firstMatch(causes, { words: '', reports: report?.message ?? reports }) ?? UNKNOWN;
}

/** Reads how far the rollout is, and for a pod without a node what the nodes have left. */
export const rolloutCommands: Commands = (names, story) => [
  `${names.kubectl} rollout status ${names.owner} --watch=false`,
  ...(isUnplaced(story.environment) ? schedulingCommands(names, story) : []),
];
