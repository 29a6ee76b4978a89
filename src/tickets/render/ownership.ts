import type { OwnerFacts } from '../../domain/environment.ts';
import type { ManagedFacts } from '../../domain/environment-parts.ts';
import { HOUR, MINUTE } from '../../domain/clock.ts';
import { sayDuration } from '../../lib/text.ts';
import { beginningOf } from './rollout.ts';
import { code, listWords } from './markdown.ts';
import { type Story, timeOf } from './story.ts';

const MAX_VALUE = 200;
const MAX_LINK = 500;
const MAX_CONFIG_MAPS = 3;
/** A ConfigMap that was changed longer ago says nothing about a failure of today. */
const RECENT_MS = 24 * HOUR;

/** Words that the team has written on its workload, by the end of the annotation's name. */
const ownWords: Readonly<Record<string, string>> = {
  'support.ankra.app/runbook': 'Runbook',
  'support.ankra.app/team': 'Team',
  'support.ankra.app/contact': 'Contact',
};

/** Who is asked, who changed what, and where a change has to be made. */
export function ownershipLines(story: Story): readonly string[] {
  const { owner } = story.environment;
  return [
    ...changedByLine(story),
    ...managerLine(owner.managed),
    ...configMapLine(story),
    ...selectedLines(owner),
  ];
}

/** Field managers by what they are; another is its own name. */
const managers: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^kubectl/, 'kubectl'],
  [/^helm$/i, 'Helm'],
  [/^argocd/, 'Argo CD'],
  [/^(?:kustomize|helm)-controller$/, 'Flux'],
  [/^terraform|^hashicorp/i, 'Terraform'],
  [/^pulumi/i, 'Pulumi'],
  [/^kube-controller-manager$/, 'a controller of Kubernetes'],
];

function managerWords(manager: string): string {
  const known = managers.find(([pattern]) => pattern.test(manager));
  return known === undefined ? code(manager) : `${known[1]} (${code(manager)})`;
}

function changedByLine(story: Story): readonly string[] {
  const last = story.environment.owner.managed?.lastChange;
  if (last === undefined) return [];
  return [`**Changed by**: ${managerWords(last.manager)}${sinceWords(timeOf(last.at), story)}`];
}

/** How long before the failure, or after it. */
function sinceWords(at: number | undefined, story: Story): string {
  if (at === undefined) return '';
  const { at: beganAt, what, clause } = beginningOf(story);
  const gap = beganAt - at;
  if (Math.abs(gap) < MINUTE) return `, just when ${clause}`;
  return `, ${sayDuration(Math.abs(gap))} ${gap > 0 ? 'before' : 'after'} ${what}`;
}

/** A change by hand is taken back by what manages the object: there it has to be made. */
function managerLine(managed: ManagedFacts | undefined): readonly string[] {
  const { helm, argoCd, flux, sourceRevision } = managed ?? {};
  const parts = [
    ...(argoCd === undefined ? [] : [`Argo CD application ${code(argoCd.application)}`]),
    ...(flux === undefined ? [] : [fluxWords(flux)]),
    ...(helm === undefined ? [] : [helmWords(helm)]),
    ...(sourceRevision === undefined ? [] : [`source revision ${code(sourceRevision)}`]),
  ];
  return parts.length === 0 ? [] : [`**Managed by**: ${parts.join(', ')}`];
}

/** `Flux HelmRelease shop/checkout` */
export function fluxWords({ kind, namespace, name }: NonNullable<ManagedFacts['flux']>): string {
  return `Flux ${kind} ${code(placed(namespace, name))}`;
}

function helmWords({ release, namespace, revision, chart }: NonNullable<ManagedFacts['helm']>): string {
  const more = [
    ...(revision === undefined ? [] : [`revision ${code(revision)}`]),
    ...(chart === undefined ? [] : [`chart ${code(chart)}`]),
  ];
  const name = `Helm release ${code(placed(namespace, release))}`;
  return more.length === 0 ? name : `${name} (${more.join(', ')})`;
}

function placed(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function configMapLine(story: Story): readonly string[] {
  const changes = story.environment.owner.managed?.configMaps ?? [];
  const recent = changes.filter(({ changedAt }) => {
    const at = timeOf(changedAt);
    return at !== undefined && beginningOf(story).at - at < RECENT_MS;
  });
  if (recent.length === 0) return [];
  const words = recent.slice(0, MAX_CONFIG_MAPS).map(({ name, changedAt, manager }) => {
    const by = manager === undefined ? '' : ` by ${managerWords(manager)}`;
    return `${code(name)} changed${by}${sinceWords(timeOf(changedAt), story)}`;
  });
  return [`**ConfigMaps**: ${words.join('; ')}`];
}

function selectedLines({ selected }: OwnerFacts): readonly string[] {
  if (selected === undefined) return [];
  const annotations = Object.entries(selected.annotations);
  const own = annotations.flatMap(([name, value]) => ownLine(name, value));
  const others = annotations.filter(([name]) => !Object.hasOwn(ownWords, name));
  const pairs = [...Object.entries(selected.labels), ...others].map(([name, value]) => `${name}=${value}`);
  return [
    ...own,
    ...(pairs.length === 0 ? [] : [`**Labels**: ${listWords(pairs, pairs.length, { max: MAX_VALUE })}`]),
  ];
}

function ownLine(name: string, value: string): readonly string[] {
  const title = ownWords[name];
  if (title === undefined) return [];
  if (title !== 'Runbook') return [`**${title}**: ${code(value, MAX_VALUE)}`];
  const link = linkOf(value);
  return [
    `**Runbook**: ${link === undefined ? `${code(value, MAX_VALUE)}, which is no https link` : `<${link}>`}`,
  ];
}

/**
 * The address as a link, if it is one over https, without credentials and without a mark of redaction. Written as the URL standard has it, it
 * holds no space, no quote and no bracket that could end the link.
 */
function linkOf(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const { protocol, username, password, href } = new URL(value);
  const isPlain = /^https:\/\/[A-Za-z0-9._~:/?#@!$&*+,;=%-]+$/.test(href);
  if (protocol !== 'https:' || username !== '' || password !== '' || !isPlain) return undefined;
  return href.length <= MAX_LINK ? href : undefined;
}
