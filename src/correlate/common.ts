import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { CauseKind } from '../domain/incident.ts';
import { type KeyOf, sharedCauseOf } from './cause.ts';
import type { CorrelatorOptions } from './decision.ts';
import { allSignals, type OwnerState, isUnresolved, type SeenSignal } from './owner-state.ts';
import {
  bySeverity,
  compare,
  type Findings,
  findingsOf,
  type FindingsScene,
  type ProvenFindings,
} from './findings.ts';
import type { Relations } from './relations.ts';

/** An owner for which the incident of a common cause speaks. */
export interface Member {
  readonly owner: ObjectRef;
  readonly class: FailureClass;
  readonly reason: string;
  readonly since: number;
  /** What it says; not redacted. */
  readonly message: string;
  /** The node of the pod that shows it. */
  readonly node?: string;
  /** The object that shows it. */
  readonly regarding: ObjectRef;
}

/** What an incident has in it beyond its own owner. */
export interface Common {
  readonly kind: CauseKind;
  /** The most causal first. */
  readonly members: readonly Member[];
  /** There has been no Incident in this cluster, and all of this failed before the agent was started. */
  readonly isFirst: boolean;
}

interface Scene extends FindingsScene {
  readonly options: CorrelatorOptions;
  readonly relations: Relations;
  readonly keyOf: KeyOf;
  /** When this correlator began, in epoch milliseconds. */
  readonly bornAt: number;
}

/** The findings of an owner, with the owners that its node takes along; or those of a cause, from its members. */
export function findingsWithMembers(
  entry: OwnerState,
  own: readonly SeenSignal[],
  scene: Scene,
): ProvenFindings {
  const members = membersOf(entry, scene);
  if (entry.kind === 'owner') {
    const findings = findingsOf(entry, own, scene);
    return members.length === 0 ? findings : withMembers(findings, members, { kind: 'node', scene });
  }
  const signals = members.flatMap(({ signals: [first] }) => first ?? []).toSorted(bySeverity);
  return withMembers(findingsOf(entry, signals, scene), members, { kind: entry.kind, scene });
}

/** Where an entry stands among the members of a cause: nobody speaks for a single owner that lacks what nobody else does. */
function membersOf(entry: OwnerState, scene: Scene): readonly ProvenFindings[] {
  const { relations, keyOf } = scene;
  const { blaming, members } = relations;
  // Which nodes went together is found node by node.
  const isShared = entry.kind === 'shared' && entry.owner.kind !== 'NodeGroup';
  const group = (isShared ? blaming : members).get(entry.key) ?? new Set<OwnerState>();
  if (isShared && group.size < 2 && !isUnresolved(entry.incident)) return [];
  // Whatever else fails on a member is no business of what it lacks.
  const isMeant = (signal: Signal): boolean => !isShared || sharedCauseOf(signal, keyOf)?.key === entry.key;
  const found = [...group].map((member) => findingsOf(member, allSignals(member).filter(isMeant), scene));
  return found
    .filter(({ signals }) => signals.length > 0)
    .toSorted(({ signals: [left] }, { signals: [right] }) =>
      left === undefined || right === undefined ? 0 : bySeverity(left, right),
    );
}

function withMembers(
  findings: ProvenFindings,
  found: readonly Findings[],
  { kind, scene }: { readonly kind: CauseKind; readonly scene: Scene },
): ProvenFindings {
  const members = found.flatMap(({ owner, since, signals: [first] }) =>
    first === undefined
      ? []
      : [
          {
            owner,
            class: first.class,
            reason: first.reason,
            message: first.message,
            ...(first.node === undefined ? {} : { node: first.node }),
            since,
            regarding: first.regarding,
          },
        ],
  );
  const names = members.map(({ owner }) => nameOf(owner)).toSorted(compare);
  return {
    ...findings,
    affected: kind === 'node' ? [...findings.affected, ...names] : names,
    common: {
      kind,
      members,
      isFirst: !scene.relations.hasOpened() && members.every(({ since }) => since < scene.bornAt),
    },
  };
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
