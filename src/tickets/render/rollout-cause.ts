import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { quoted } from '../../lib/unwrap.ts';
import {
  failingContainer,
  lastEnd,
  plainName,
  probeReport,
  readinessOf,
  sayEnd,
  unreadyWords,
} from './containers.ts';

/** What the newest pods wait for, and what the revisions do meanwhile; undefined where no pod shows it. */
export function rolloutCause(environment: Environment): string | undefined {
  const why = podReason(environment);
  if (why === undefined) return undefined;
  const progress = progressWords(environment);
  return progress === undefined ? why : `${why} (${progress})`;
}

/** `0 of 1 updated replicas ready; revision 6 serves 3 of 3` */
function progressWords({ owner, rollout }: Environment): string | undefined {
  const { revisions = [] } = rollout ?? {};
  const current = revisions.find(({ isCurrent }) => isCurrent);
  if (current?.ready === undefined) return undefined;
  const { wanted = 0, pods = 0, ready } = current;
  const updated = `${ready} of ${Math.max(wanted, pods)} updated replicas ready`;
  const old = servingRevision(revisions);
  if (old === undefined) return updated;
  return `${updated}; revision ${old.revision} serves ${old.ready} of ${owner.replicas?.wanted ?? old.ready}`;
}

type Revision = NonNullable<NonNullable<Environment['rollout']>['revisions']>[number];

/** The revision before, or one before that, which still has ready pods. */
export function servingRevision(
  revisions: readonly Revision[],
): (Revision & { readonly ready: number }) | undefined {
  return revisions.flatMap(({ ready = 0, ...more }) =>
    !more.isCurrent && ready > 0 ? { ...more, ready } : [],
  )[0];
}

/** Why the pod of a rollout is not ready, in its own words: a rule of the rollout, the gate, the node, the container, the probe. */
function podReason(environment: Environment): string | undefined {
  const { pod } = environment;
  const rule = ruleReason(environment);
  if (rule !== undefined || pod === undefined) return rule;
  const placed = pod.conditions.find(({ type }) => type === 'PodScheduled');
  if (placed?.status === 'False') return `a pod has no node: ${quoted(placed.message ?? placed.reason)}`;
  const readiness = readinessOf(environment);
  if (readiness?.reason === 'ReadinessGatesNotReady')
    return `a pod waits for its readiness gate: ${quoted(readiness.message)}`;
  const container = failingContainer(environment, undefined);
  return container === undefined ? undefined : containerReason(environment, container);
}

function ruleReason({ rollout }: Environment): string | undefined {
  if (rollout?.paused === true) return 'the rollout is paused';
  return rollout?.strategy?.startsWith('OnDelete') === true
    ? 'the update strategy is OnDelete: a pod is updated when somebody deletes it'
    : undefined;
}

function containerReason(environment: Environment, container: ContainerFacts): string | undefined {
  const { state } = container;
  const name = plainName(container);
  const ended = lastEnd(container);
  if (ended !== undefined && ended.exitCode !== 0) return sayEnd(container, ended);
  if (state.waiting?.reason !== undefined)
    return `${name} waits, ${state.waiting.reason}: ${quoted(state.waiting.message)}`;
  if (state.running === undefined || container.ready !== false) return undefined;
  const probe = probeReport(environment, container.name);
  return probe === undefined
    ? `${name} runs and ${unreadyWords(container)}`
    : `${name} is not ready: ${quoted(probe.message)}`;
}
