import type * as k8s from '@kubernetes/client-node';
import { isDeepStrictEqual } from 'node:util';
import type { RolloutFacts } from '../../domain/environment.ts';
import {
  cut,
  fields,
  fieldsList,
  MAX_ENTRIES,
  MAX_TEXT_LENGTH,
  metaOf,
  present,
  text,
  words,
} from '../object-fields.ts';
import { commandOf, type ContainerSpec, environmentNames, probesOf, resourcesOf } from './container.ts';

type ContainerChange = RolloutFacts['changes'][number];

/** Stands for what one of the two revisions does not have. */
const NONE = '(none)';

/** What differs between the containers of two pod templates: images, commands, resources, probes, and names of variables. */
export function templateChanges(before: unknown, after: unknown): ContainerChange[] {
  const [old, young] = [containersByName(before), containersByName(after)];
  return [...new Set([...old.keys(), ...young.keys()])]
    .map((name) => containerChange(name, old.get(name), young.get(name)))
    .filter((change) => Object.keys(change).length > 1)
    .slice(0, MAX_ENTRIES);
}

/** Fields of containers that `templateChanges` shows with their content. */
const reportedFields = new Set(['name', 'image', 'command', 'args', 'resources', 'env', 'envFrom']);
const probeFields = new Set(['livenessProbe', 'readinessProbe', 'startupProbe']);
/** Written by the controllers. */
const ownLabels = new Set(['pod-template-hash', 'controller-revision-hash', 'pod-template-generation']);

/** Names of the other fields that differ: of the pod, of its containers, its labels and annotations. Undefined for none. */
export function otherChanges(before: unknown, after: unknown): string[] | undefined {
  const [old, young] = [fields<k8s.V1PodTemplateSpec>(before), fields<k8s.V1PodTemplateSpec>(after)];
  const [oldMeta, youngMeta] = [metaOf(old), metaOf(young)];
  const names = [
    ...differing(old.spec, young.spec).filter((name) => name !== 'containers' && name !== 'initContainers'),
    ...containerFields(containersByName(before), containersByName(after)),
    ...differing(oldMeta.labels, youngMeta.labels)
      .filter((name) => !ownLabels.has(name))
      .map((name) => `label ${name}`),
    ...differing(oldMeta.annotations, youngMeta.annotations).map((name) => `annotation ${name}`),
  ];
  return names.length === 0 ? undefined : names.slice(0, MAX_ENTRIES).map((name) => words(name) ?? '');
}

function containerFields(
  old: ReadonlyMap<string, ContainerSpec>,
  young: ReadonlyMap<string, ContainerSpec>,
): string[] {
  return [...young].flatMap(([name, container]) => {
    const before = old.get(name);
    if (before === undefined) return [];
    return differing(before, container)
      .filter((field) => !reportedFields.has(field) && !probeFields.has(field))
      .map((field) => `${field} of ${name}`);
  });
}

/** Names of the fields that are not the same in both. */
function differing(before: unknown, after: unknown): string[] {
  const old = new Map(Object.entries(fields<Record<string, unknown>>(before)));
  const young = new Map(Object.entries(fields<Record<string, unknown>>(after)));
  const names = new Set([...old.keys(), ...young.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(old.get(name), young.get(name)));
}

/** All containers of a pod template, init containers included. */
export function templateContainers(template: unknown): readonly ContainerSpec[] {
  const spec = fields<k8s.V1PodSpec>(fields<k8s.V1PodTemplateSpec>(template).spec);
  return [
    ...fieldsList<k8s.V1Container>(spec.initContainers),
    ...fieldsList<k8s.V1Container>(spec.containers),
  ];
}

function containersByName(template: unknown): ReadonlyMap<string, ContainerSpec> {
  return new Map(templateContainers(template).map((container) => [words(container.name) ?? '', container]));
}

function containerChange(
  container: string,
  before: ContainerSpec | undefined,
  after: ContainerSpec | undefined,
): ContainerChange {
  const differing = (say: (spec: ContainerSpec) => string): { from: string; to: string } | undefined => {
    const from = before === undefined ? NONE : say(before);
    const to = after === undefined ? NONE : say(after);
    return from === to ? undefined : { from: cut(from, MAX_TEXT_LENGTH), to: cut(to, MAX_TEXT_LENGTH) };
  };
  return present({
    container,
    image: differing((spec) => text(spec.image) ?? NONE),
    command: differing((spec) => commandOf(spec).join(' ') || '(of the image)'),
    resources: differing(resourcesLine),
    probes: differing(probesLine),
    environment: environmentChange(before ?? {}, after ?? {}),
  });
}

function resourcesLine(spec: ContainerSpec): string {
  const { requests, limits } = resourcesOf(spec);
  const line = (name: string, amounts: Readonly<Record<string, string>>): string =>
    Object.entries(amounts)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([resource, amount]) => `${name} ${resource}=${amount}`)
      .join(', ');
  return (
    [line('requests', requests), line('limits', limits)].filter((part) => part !== '').join('; ') || NONE
  );
}

function probesLine(spec: ContainerSpec): string {
  const probes = Object.entries(probesOf(spec)).filter(([, line]) => line !== undefined);
  return probes.map(([name, line]) => `${name}: ${line}`).join('; ') || NONE;
}

/** Names only: a changed value shows as a changed name. */
function environmentChange(before: ContainerSpec, after: ContainerSpec): ContainerChange['environment'] {
  const [old, young] = [variables(before), variables(after)];
  const added = [...young.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !young.has(name));
  const changed = [...young]
    .filter(([name, value]) => old.has(name) && old.get(name) !== value)
    .map(([name]) => name);
  return added.length + removed.length + changed.length === 0 ? undefined : { added, removed, changed };
}

function variables(spec: ContainerSpec): ReadonlyMap<string, string> {
  const values = new Map(environmentNames(spec).map((name) => [name, '']));
  for (const variable of fieldsList<k8s.V1EnvVar>(spec.env).slice(0, MAX_ENTRIES)) {
    const name = words(variable.name) ?? '';
    values.set(name, JSON.stringify([variable.value, variable.valueFrom]));
  }
  return values;
}
