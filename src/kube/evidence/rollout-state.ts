import type { RolloutFacts } from '../../domain/environment.ts';
import { words } from './facts.ts';
import type { OwnerObject } from './owner.ts';
import { fields, type Fields, integer, present, text } from '../object-fields.ts';

/** How a workload replaces its pods. */
interface WorkloadSpec {
  strategy: StrategyObject;
  updateStrategy: StrategyObject;
  progressDeadlineSeconds: number;
  paused: boolean;
}

interface StrategyObject {
  type: string;
  rollingUpdate: Record<string, unknown>;
}

/** How far and by what rules a rollout goes, from the owner itself. */
export function rolloutRules(
  owner: Fields<OwnerObject>,
): Pick<RolloutFacts, 'strategy' | 'progressDeadlineSeconds' | 'paused'> {
  const spec = fields<WorkloadSpec>(owner.spec);
  return present({
    strategy: strategyLine(spec.strategy ?? spec.updateStrategy),
    progressDeadlineSeconds: integer(spec.progressDeadlineSeconds),
    paused: spec.paused === true ? true : undefined,
  });
}

/** `RollingUpdate, maxSurge 25%, maxUnavailable 0` */
function strategyLine(value: unknown): string | undefined {
  const { type, rollingUpdate } = fields<StrategyObject>(value);
  if (text(type) === undefined) return undefined;
  const limits = Object.entries(fields<Record<string, unknown>>(rollingUpdate)).map(
    ([name, limit]) => `${name} ${String(limit)}`,
  );
  return words([text(type) ?? '', ...limits].join(', '));
}

interface RevisionCounts {
  currentRevision: string;
  updateRevision: string;
  currentReplicas: number;
  updatedReplicas: number;
  currentNumberScheduled: number;
  updatedNumberScheduled: number;
}

/** Pods of a ControllerRevision, from the status of its StatefulSet or DaemonSet; `isNewest` is what a DaemonSet tells apart. */
export function podsOfRevision(
  owner: Fields<OwnerObject>,
  name: string,
  isNewest: boolean,
): number | undefined {
  const status = fields<RevisionCounts>(owner.status);
  if (text(status.updateRevision) === name) return integer(status.updatedReplicas) ?? 0;
  if (text(status.currentRevision) === name) return integer(status.currentReplicas) ?? 0;
  if (integer(status.currentNumberScheduled) === undefined) return undefined;
  const updated = integer(status.updatedNumberScheduled) ?? 0;
  return isNewest ? updated : Math.max(0, (integer(status.currentNumberScheduled) ?? 0) - updated);
}
