import type { Environment } from '../../../domain/environment.ts';
import { failingContainer, probeReport, readinessOf } from '../containers.ts';
import { type Commands, type Hint, type Row, firstMatch } from './class-text.ts';
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

function ruleHint({ rollout }: Environment): string | undefined {
  if (rollout?.paused === true) return PAUSED;
  return rollout?.strategy?.startsWith('OnDelete') === true ? ON_DELETE : undefined;
}

/** Why a rollout does not come to its end: what its pod shows, else what the rules of the rollout say. */
export const rolloutHint: Hint = (input) => {
  const { environment } = input;
  const rule = ruleHint(environment);
  if (rule !== undefined) return rule;
  if (readinessOf(environment)?.reason === 'ReadinessGatesNotReady') return GATES;
  const container = failingContainer(environment, undefined);
  const ended = container === undefined ? undefined : endHint(environment, container);
  if (ended !== undefined) return `${ended} That keeps the rollout from its end.`;
  const report = container === undefined ? undefined : probeReport(environment, container.name);
  // Where the probe has said several things, the hint is about that of which the cause speaks.
  return firstMatch(causes, { words: '', reports: report?.message ?? input.reports }) ?? UNKNOWN;
};

/** Reads how far the rollout is. */
export const rolloutCommands: Commands = ({ kubectl, owner }) => [
  `${kubectl} rollout status ${owner} --watch=false`,
];
