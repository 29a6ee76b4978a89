import type { IncidentOpening } from '../compose/incident-draft.ts';
import type { Evidence } from '../domain/environment.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { ClusterReader, EarlyEvidence, LastLines } from '../domain/ports.ts';

/** Members of a storm whose logs are looked at beside that of the one that stands for them. */
const MAX_MEMBERS = 3;
/** Classes of failure of programs that have run, and may have written why they fail. */
const haveRun: ReadonlySet<FailureClass> = new Set(['crash', 'probe', 'rollout', 'job']);

interface MemberSources {
  readonly reader: Pick<ClusterReader, 'lastLines'>;
  /** What was read when the failure of an owner was first seen. */
  readonly earlyOf: (owner: ObjectRef) => EarlyEvidence | undefined;
}

/** The logs of a few of those that fail in a storm: those of which they were read already, then others. Nothing where it is no storm. */
export async function readMembers(
  { common }: Pick<IncidentOpening, 'common'>,
  { reader, earlyOf }: MemberSources,
  signal: AbortSignal,
): Promise<readonly LastLines[]> {
  if (common?.kind !== 'storm') return [];
  const others = common.members
    .slice(1)
    .filter((member) => member.regarding.kind === 'Pod' && haveRun.has(member.class))
    .map(({ owner, regarding }) => ({ owner, pod: regarding, early: earlyOf(owner) }));
  const [known, unknown] = [true, false].map((isKnown) =>
    others.filter(({ early }) => (early?.isWhole === true) === isKnown),
  );
  const chosen = [...(known ?? []), ...(unknown ?? [])].slice(0, MAX_MEMBERS);
  const read = await Promise.all(
    chosen.map(async ({ early, ...target }) =>
      early?.isWhole === true ? early.evidence : reader.lastLines(target, signal),
    ),
  );
  return read.filter((lines) => lines !== undefined);
}

/** The evidence, with the first log of each of the others, and what must not be told of them. */
export function withMemberLogs(evidence: Evidence, others: readonly LastLines[]): Evidence {
  const memberLogs = others.flatMap(({ logs }) => logs.find(({ lines }) => lines.length > 0) ?? []);
  if (memberLogs.length === 0) return evidence;
  const secretValues = [evidence, ...others].flatMap((one) => one.secretValues);
  return { ...evidence, memberLogs, secretValues: [...new Set(secretValues)] };
}
