import { DAY } from '../../domain/clock.ts';
import type { ContainerFacts, Environment, OwnerFacts, RolloutFacts } from '../../domain/environment.ts';
import { beginningOf, isOnlyRestarted } from './rollout.ts';
import { typeWord } from './commands.ts';
import { failingContainer, stoppedBy } from './containers.ts';
import { code, shellWord } from './markdown.ts';
import { namesOf, type ShellNames } from './names.ts';
import { fluxWords } from './ownership.ts';
import { type Story, timeOf } from './story.ts';

/** What changes the cluster: when it is right and what it risks, in Markdown, and its commands, which may be none. */
export interface Remedy {
  readonly words: string;
  readonly commands: readonly string[];
}

/** Remedies for what fails, apart from the commands that only read, so that nobody changes anything by pasting those. */
export function remedies(story: Story): readonly Remedy[] {
  if (story.trigger === 'manual') return [];
  const names = namesOf(story.environment, typeWord(story.environment.owner));
  return [undo, runAgain, giveUpNode].flatMap((remedy) => remedy(story, names) ?? []);
}

type Finder = (story: Story, names: ShellNames) => Remedy | undefined;

/** Kinds that `kubectl rollout undo` knows. */
const rolloutKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
/** A change is suspected for so long whatever it was. */
const RECENT_MS = DAY;
/** One that touches what fails, for so long. */
const SUSPECT_MS = 7 * DAY;

/** Goes back to the revision before, for what was changed not long before, or where the change is about what fails. */
const undo: Finder = (story, names) => {
  const { owner, rollout } = story.environment;
  if (!rolloutKinds.has(owner.kind) || rollout === undefined || !mayBeToBlame(story, rollout))
    return undefined;
  return elsewhereUndo(owner) ?? kubectlUndo(story.environment, names);
};

/** What keeps an object as it is declared elsewhere takes back what is changed in the cluster alone, or forgets it. */
function elsewhereUndo({ managed, namespace }: OwnerFacts): Remedy | undefined {
  const { argoCd, flux, helm } = managed ?? {};
  const place =
    argoCd === undefined ? flux && fluxWords(flux) : `Argo CD application ${code(argoCd.application)}`;
  if (place !== undefined)
    return {
      words: `If the last change is to blame, revert it where ${place} has it from: what is rolled back in the cluster alone is undone at the next sync.`,
      commands: [],
    };
  if (helm === undefined) return undefined;
  const command = `helm -n ${shellWord(helm.namespace ?? namespace)}`;
  return {
    words:
      'If the last change is to blame, go back to the Helm release before, with all its objects; what is rolled back by kubectl alone comes again with the next upgrade:',
    commands: [
      `${command} history ${shellWord(helm.release)} --max 5`,
      `${command} rollback ${shellWord(helm.release)}`,
    ],
  };
}

function mayBeToBlame(story: Story, rollout: RolloutFacts): boolean {
  if (rollout.previousRevision === undefined || isOnlyRestarted(rollout)) return false;
  const changedAt = timeOf(rollout.changedAt);
  if (changedAt === undefined) return true;
  const before = beginningOf(story).at - changedAt;
  // The pods of the revision before need the same of a quota, unless the change has raised it.
  if (story.environment.refusal?.by === 'quota') return touchesResources(rollout);
  return before <= RECENT_MS || (before <= SUSPECT_MS && touchesWhatFails(story, rollout));
}

function touchesResources({ changes }: RolloutFacts): boolean {
  return changes.some(({ resources }) => resources !== undefined);
}

type Change = RolloutFacts['changes'][number];

/** What a change has to be about, to be suspected for longer. */
interface Suspect {
  readonly fields: readonly (keyof Change)[];
  /** Other fields of the pod template. */
  readonly others?: RegExp;
}

const suspects: ReadonlyMap<string, Suspect> = new Map([
  ['OOMKilled', { fields: ['resources'] }],
  ['probe', { fields: ['probes'] }],
  ['image', { fields: ['image'] }],
  ['config', { fields: ['command', 'environment'], others: /volume|securityContext/i }],
  [
    'scheduling',
    { fields: ['resources'], others: /nodeSelector|affinity|tolerations|topologySpread|priority/i },
  ],
  ['storage', { fields: [], others: /volume/i }],
]);

/** Whether the change is about that which fails: the limit that was exceeded, the probe, the image, the place. */
function touchesWhatFails({ environment, container: name }: Story, rollout: RolloutFacts): boolean {
  const container = failingContainer(environment, name);
  const suspect = suspectOf(environment, container);
  if (suspect === undefined) return false;
  const { fields, others } = suspect;
  const ofContainer = rollout.changes.filter(
    (change) => container === undefined || change.container === container.name,
  );
  return (
    ofContainer.some((change) => fields.some((field) => change[field] !== undefined)) ||
    (rollout.alsoChanged ?? []).some((field) => others?.test(field) === true)
  );
}

function suspectOf(environment: Environment, container: ContainerFacts | undefined): Suspect | undefined {
  const { class: failureClass, reason } = environment.incident;
  if (failureClass !== 'crash') return suspects.get(failureClass);
  const isStopped = container !== undefined && stoppedBy(environment, container) !== undefined;
  return suspects.get(isStopped ? 'probe' : reason);
}

function isPodReady({ pod }: Environment): boolean {
  return pod?.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** The controllers of StatefulSets wait for the broken pod before they replace it (kubernetes/kubernetes#67250): it has to go first. */
function kubectlUndo(environment: Environment, names: ShellNames): Remedy {
  const { owner, rollout } = environment;
  const command = `${names.kubectl} rollout undo ${names.owner} --to-revision=${shellWord(rollout?.previousRevision ?? '')}`;
  const words = 'If the last change is to blame, this takes it back';
  const isBroken = owner.kind === 'StatefulSet' && !isPodReady(environment);
  const isByHand = rollout?.strategy?.startsWith('OnDelete') === true;
  if (names.pod === undefined || !(isBroken || isByHand)) return { words: `${words}:`, commands: [command] };
  const why = isByHand
    ? 'its update strategy is OnDelete, so a pod changes only when it is deleted'
    : 'a StatefulSet does not replace a pod that is not ready, so the pod has to be deleted as well';
  return { words: `${words}; ${why}:`, commands: [command, `${names.kubectl} delete ${names.pod}`] };
}

/** Labels that the Job controller makes itself, and refuses from others. */
const JOB_LABELS = [
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'batch.kubernetes.io/job-name',
];

/** A Job is never tried again by itself, and its spec cannot be changed. */
const runAgain: Finder = ({ environment: { owner, incident } }, { kubectl, owner: name, ownerName }) => {
  if (incident.class !== 'job') return undefined;
  if (owner.kind === 'CronJob')
    return {
      words: 'To run it once more before its next time, when the cause is fixed:',
      commands: [`${kubectl} create job ${shellWord(`${ownerName}-again`)} --from=${name}`],
    };
  const labels = JOB_LABELS.map((label) => `"${label}"`).join(',');
  return {
    words:
      'To run it once more, when the cause is fixed. This deletes the failed Job with its pods and their logs, and recreates it:',
    commands: [
      `${kubectl} get ${name} -o json | jq 'del(.spec.selector, .spec.template.metadata.labels[${labels}])' | ${kubectl} replace --force -f -`,
    ],
  };
};

/**
 * Kubernetes documentation, "Non-graceful node shutdown": volumes are detached and pods deleted at once. Without it a volume of a pod that
 * was deleted by force is detached after 6 minutes.
 */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** What lets StatefulSets and volumes go from a node that is off; nobody but a person can know that it is. */
const giveUpNode: Finder = ({ environment: { owner, node, incident } }, { nodeName }) => {
  if (owner.kind !== 'Node' || nodeName === undefined || !isSilent(incident.reason)) return undefined;
  if (!mayHoldState(node)) return undefined;
  const untaint = code(`kubectl taint nodes ${shellWord(nodeName)} ${OUT_OF_SERVICE}-`);
  const byForce = `To let one pod go alone: ${code('kubectl -n NAMESPACE delete pod NAME --grace-period=0 --force')}`;
  return {
    words: `Only when the machine is certainly off, and not just out of reach: this lets its StatefulSet pods start elsewhere and detaches their volumes. If the machine still runs, two processes write to one volume and destroy what is on it. ${byForce}, with the same risk, and its volume follows about 6 minutes later. Afterwards, when the node is back: ${untaint}.`,
    commands: [`kubectl taint nodes ${shellWord(nodeName)} ${OUT_OF_SERVICE}=nodeshutdown:NoExecute`],
  };
};

/** Of a node of which it was not read it may be. */
function mayHoldState(node: Environment['node']): boolean {
  const owners = node?.pods?.owners;
  return owners === undefined || owners['StatefulSet'] !== undefined;
}

function isSilent(reason: string): boolean {
  return reason === 'NodeStatusUnknown' || reason === 'NodeLost';
}
