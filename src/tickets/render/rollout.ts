import { HOUR, SECOND } from '../../domain/clock.ts';
import type { ContainerFacts, Environment, RolloutFacts } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { quoted } from '../../lib/unwrap.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import {
  failingContainer,
  lastEnd,
  plainName,
  probeReport,
  readinessOf,
  sayEnd,
  unreadyWords,
} from './containers.ts';
import { code, listWords } from './markdown.ts';
import { type Story, timeOf } from './story.ts';

type ContainerChange = RolloutFacts['changes'][number];

/** Further differences stand in the environment. */
const MAX_DIFFERENCES = 6;
const MAX_NAMES = 8;
const MAX_VALUE = 200;

/** An object that was made longer ago says nothing about a failure of today. */
const NEW_MS = 24 * HOUR;

/** What changed last and how long before the failure; for what is new and has no revisions, when it was made. */
export function changeLines(story: Story): readonly string[] {
  const { rollout, owner } = story.environment;
  if (rollout === undefined) {
    const createdAt = timeOf(owner.createdAt) ?? 0;
    const isNew = beginningOf(story).at - createdAt < NEW_MS;
    return isNew ? [`**Created**: ${whenWords(createdAt, story)}`] : [];
  }
  const changedAt = timeOf(rollout.changedAt);
  const parts = [
    ...(rollout.revision === undefined ? [] : [`revision ${code(rollout.revision)}`]),
    changedAt === undefined ? 'rolled back to, at a time that is not recorded' : whenWords(changedAt, story),
  ];
  const { changeCause } = rollout;
  const cause = changeCause === undefined ? '' : ` (${code(changeCause, MAX_VALUE)})`;
  return [`**Last change**: ${parts.join(', ')}: ${differences(rollout)}${cause}`];
}

/** The moment with which other times are compared. */
interface Beginning {
  /** Epoch milliseconds. */
  readonly at: number;
  /** What follows "before" and "after". */
  readonly what: string;
  /** What follows "when". */
  readonly clause: string;
}

/** When it began to fail, or when a person asked. */
export function beginningOf({ environment, trigger, openedAt }: Story): Beginning {
  if (trigger === 'manual') return { at: openedAt, what: 'this request', clause: 'this was asked' };
  const at = timeOf(environment.incident.since) ?? openedAt;
  return { at, what: 'it began failing', clause: 'it began failing' };
}

function whenWords(at: number, story: Story): string {
  const { at: beganAt, what } = beginningOf(story);
  const gap = beganAt - at;
  if (Math.abs(gap) < SECOND) return `${sayTime(at)}, just before ${what}`;
  return `${sayTime(at)}, ${sayDuration(Math.abs(gap))} ${gap > 0 ? 'before' : 'after'} ${what}`;
}

function differences(rollout: RolloutFacts): string {
  if (rollout.previousRevision === undefined) return 'the first revision';
  const words = [...rollout.changes.flatMap(containerWords), ...otherWords(rollout)];
  if (isOnlyRestarted(rollout))
    return 'restarted on purpose (kubectl rollout restart), nothing else is different';
  if (words.length === 0) return 'its containers are as they were before';
  const more = words.length > MAX_DIFFERENCES ? `; and ${words.length - MAX_DIFFERENCES} more` : '';
  return `${words.slice(0, MAX_DIFFERENCES).join('; ')}${more}`;
}

const RESTARTED = 'annotation kubectl.kubernetes.io/restartedAt';

/** A restart is a revision of its own, and to take it back would change nothing. */
export function isOnlyRestarted({ changes, alsoChanged }: RolloutFacts): boolean {
  return changes.length === 0 && alsoChanged?.length === 1 && alsoChanged[0] === RESTARTED;
}

function otherWords({ alsoChanged = [] }: RolloutFacts): readonly string[] {
  return alsoChanged.length === 0 ? [] : [`fields ${listWords(alsoChanged, MAX_NAMES, { max: 100 })}`];
}

function containerWords(change: ContainerChange): readonly string[] {
  const { container, image, command, resources, probes } = change;
  const fields = [
    ['image', image],
    ['command', command],
    ['resources', resources],
    ['probes', probes],
  ] as const;
  const words = fields.flatMap(([name, difference]) =>
    difference === undefined
      ? []
      : [
          `${name} of ${code(container)} from ${code(difference.from, MAX_VALUE)} to ${code(difference.to, MAX_VALUE)}`,
        ],
  );
  return [...words, ...variableWords(change)];
}

function variableWords({ container, environment }: ContainerChange): readonly string[] {
  if (environment === undefined) return [];
  const lists = [
    ['added', environment.added],
    ['removed', environment.removed],
    ['changed', environment.changed],
  ] as const;
  return lists.flatMap(([how, names]) =>
    names.length === 0
      ? []
      : [`variables of ${code(container)} ${how}: ${listWords(names, MAX_NAMES, { max: 100 })}`],
  );
}

const MAX_TOLD = 4;

/** How many pods each revision has: the old ones may still serve. */
export function revisionLines({ incident, rollout }: Environment): readonly string[] {
  if (rollout === undefined || !tells(incident.class, 'revisions')) return [];
  const { revisions = [], strategy, paused } = rollout;
  const isStrategyTold = tells(incident.class, 'strategy');
  const shown = revisions.filter(
    ({ pods = 0, wanted = 0, isCurrent }) => isCurrent || pods > 0 || wanted > 0,
  );
  if (shown.length < 2 && !isStrategyTold) return [];
  const parts = [
    shown.slice(0, MAX_TOLD).map(revisionWords).join('; '),
    ...(isStrategyTold && strategy !== undefined ? [`strategy ${code(strategy)}`] : []),
    ...(paused === true ? ['paused'] : []),
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`**Revisions**: ${parts.join('; ')}`];
}

function revisionWords(revision: NonNullable<RolloutFacts['revisions']>[number]): string {
  const { name, revision: number, isCurrent, wanted, pods, ready } = revision;
  const which = isCurrent ? 'newest revision' : 'revision';
  return `${code(name)} (${which} ${code(number)}): ${countWords(wanted, pods, ready)}`;
}

function countWords(wanted: number | undefined, pods: number | undefined, ready: number | undefined): string {
  if (pods === undefined) return 'its pods are not counted';
  const words = wanted === undefined ? plural(pods, 'pod') : `${pods} of ${plural(wanted, 'pod')}`;
  return ready === undefined ? words : `${words}, ${ready} ready`;
}

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
