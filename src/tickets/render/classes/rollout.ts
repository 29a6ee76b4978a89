import { failingContainer } from '../containers.ts';
import { readinessOf } from '../probes.ts';
import type { Commands, Hint } from './class-text.ts';
import { endHint } from './crash.ts';

const UNKNOWN =
  'The pods of the revision before may still serve. What keeps the newest pods from getting ready stops the rollout.';
const PAUSED = 'The rollout is paused: it goes on after kubectl rollout resume.';
const GATES =
  'The containers are ready, the pod is not: somebody else has to set its readiness gate, mostly the controller of a load balancer.';
const ON_DELETE =
  'Its update strategy is OnDelete: a pod gets the newest revision only when somebody deletes it.';

/** Why a rollout does not come to its end: what its pod shows, else what the rules of the rollout say. */
export const rolloutHint: Hint = ({ environment }) => {
  const { rollout } = environment;
  if (rollout?.paused === true) return PAUSED;
  if (rollout?.strategy?.startsWith('OnDelete') === true) return ON_DELETE;
  if (readinessOf(environment)?.reason === 'ReadinessGatesNotReady') return GATES;
  const container = failingContainer(environment, undefined);
  const ended = container === undefined ? undefined : endHint(environment, container);
  return ended === undefined ? UNKNOWN : `${ended} That keeps the rollout from its end.`;
};

/** Reads how far the rollout is. */
export const rolloutCommands: Commands = ({ kubectl, owner }) => [
  `${kubectl} rollout status ${owner} --watch=false`,
];
