import type * as k8s from '@kubernetes/client-node';
import { FILE_TICKET_ANNOTATION, IGNORE_ANNOTATION, IGNORE_UNTIL_ANNOTATION } from '../domain/incident.ts';
import type { Condition, OwnerReference } from '../domain/views.ts';
import {
  cut,
  deletedAt,
  fields,
  fieldsList,
  present,
  type Present,
  text,
  textOf,
  timeAt,
} from '../kube/object-fields.ts';
import { createInterner, createPool } from '../lib/bounded-map.ts';
import { seriesOf } from '../lib/name-series.ts';

/** Longest message that a view keeps; evidence reads the whole again. 10,000 failing pods then cost 10 MB. */
export const MAX_MESSAGE_LENGTH = 1_024;
/** A name in Kubernetes has at most 253 characters; what is longer is no name. */
export const MAX_WORD_LENGTH = 253;
/** More than a request may have (500), so that a longer one can be seen to be too long. */
const MAX_ANNOTATION_LENGTH = 600;
/** More than any controller writes. */
const MAX_CONDITIONS = 30;

/** One pool for all kinds: pods name the ReplicaSets and nodes that have views of their own. */
const intern = createInterner();

/** The pods of one ReplicaSet name the same controller. */
const sharedOwner = createPool<OwnerReference>();

/** What every view begins with. Written out in one literal, so that all views of a kind share their shape. */
export interface BaseFields {
  readonly apiVersion: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: number;
  readonly extras: BaseExtras;
}

type BaseExtras = Present<{
  deletedAt: number | undefined;
  owner: OwnerReference | undefined;
  fileTicket: string | undefined;
  ignored: true | undefined;
  ignoreUntil: string | undefined;
}>;

/** The common part of an object's view, from its metadata; undefined when it has no name or no uid. */
export function toBase(metadata: unknown, apiVersion: string): BaseFields | undefined {
  const meta = fields<k8s.V1ObjectMeta>(metadata);
  const uid = text(meta.uid);
  const name = text(meta.name);
  if (uid === undefined || name === undefined) return undefined;
  const ignored = textOf(meta.annotations, IGNORE_ANNOTATION) === 'true';
  const fileTicket = textOf(meta.annotations, FILE_TICKET_ANNOTATION);
  const ignoreUntil = textOf(meta.annotations, IGNORE_UNTIL_ANNOTATION);
  return {
    apiVersion,
    uid: cut(uid, MAX_WORD_LENGTH),
    namespace: word(meta.namespace) ?? '',
    name: cut(name, MAX_WORD_LENGTH),
    createdAt: timeAt(meta.creationTimestamp) ?? 0,
    extras: present({
      deletedAt: deletedAt(meta),
      owner: controllerOf(meta.ownerReferences),
      fileTicket: fileTicket === undefined ? undefined : intern(cut(fileTicket, MAX_ANNOTATION_LENGTH)),
      ignored: ignored ? (true as const) : undefined,
      ignoreUntil: ignoreUntil === undefined ? undefined : intern(cut(ignoreUntil, MAX_WORD_LENGTH)),
    }),
  };
}

/** What the name of an object without a controller has in common with others of its generator. A Job is a run. */
export function seriesFrom(
  metadata: unknown,
  { name, extras }: BaseFields,
  isRun: boolean,
): { readonly series?: string } {
  if (extras.owner !== undefined) return {};
  const generator = text(fields<k8s.V1ObjectMeta>(metadata).generateName);
  const series =
    generator !== undefined && name.startsWith(generator) ? `${generator}*` : seriesOf(name, isRun);
  return present({ series: series === undefined ? undefined : intern(cut(series, MAX_WORD_LENGTH)) });
}

/** A short string that repeats from object to object: a name, a kind, a reason. */
export function word(value: unknown): string | undefined {
  const found = text(value);
  return found === undefined ? undefined : intern(cut(found, MAX_WORD_LENGTH));
}

/** A sentence from the cluster, cut to what a view keeps. */
export function message(value: unknown): string | undefined {
  const found = text(value);
  if (found === undefined || found.length <= MAX_MESSAGE_LENGTH) return found;
  // Without its last word: half a secret is not recognised any more.
  return cut(found, MAX_MESSAGE_LENGTH - 1).replace(/\S*$/, '…');
}

/** `status.conditions`. One without a time stands since `fallback`, the creation of its object. */
export function toConditions(conditions: unknown, fallback: number): readonly Condition[] {
  return fieldsList<RawCondition>(conditions)
    .slice(0, MAX_CONDITIONS)
    .map((condition) =>
      present({
        type: word(condition.type) ?? '',
        status: word(condition.status) ?? 'Unknown',
        reason: word(condition.reason),
        message: message(condition.message),
        since: timeAt(condition.lastTransitionTime) ?? fallback,
      }),
    );
}

interface RawCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
}

function controllerOf(references: unknown): OwnerReference | undefined {
  const controller = fieldsList<k8s.V1OwnerReference>(references).find(
    (reference) => reference.controller === true,
  );
  if (controller === undefined) return undefined;
  const kind = word(controller.kind);
  const name = word(controller.name);
  if (kind === undefined || name === undefined) return undefined;
  const apiVersion = word(controller.apiVersion) ?? '';
  const uid = word(controller.uid) ?? '';
  return sharedOwner(`${uid} ${apiVersion} ${kind} ${name}`, { apiVersion, kind, name, uid });
}

/**
 * When somebody last changed the status of an object, or all the rest of it. The API server keeps these times with the
 * managed fields, which a server that leaves those out does not send: then nobody knows.
 */
export function changedAt(metadata: unknown, part: 'status' | 'spec'): number | undefined {
  const times = fieldsList<k8s.V1ManagedFieldsEntry>(fields<k8s.V1ObjectMeta>(metadata).managedFields)
    .filter((entry) => (entry.subresource === 'status') === (part === 'status'))
    .map((entry) => timeAt(entry.time))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
