import type { Findings } from '../correlate/index.ts';
import type { Signal } from '../domain/failure.ts';
import type { EvidenceTarget } from '../domain/ports.ts';

/**
 * Where to gather evidence for these findings: the pod that fails most, if there is one, or the one with the uid `known`, which was read
 * already, where it fails in the same way. A cause has that of a member.
 */
export function evidenceTarget(
  { owner, signals, common }: Pick<Findings, 'owner' | 'signals' | 'common'>,
  known?: string,
): EvidenceTarget {
  const member = common === undefined || common.kind === 'node' ? undefined : common.members[0];
  const telling =
    member === undefined
      ? signals
      : signals.filter(({ regarding }) => regarding.uid === member.regarding.uid);
  const first = podSignal(telling, known);
  const classes = new Set(telling.map((signal) => signal.class));
  return {
    owner: member?.owner ?? owner,
    classes: classes.size === 0 ? ['manual'] : [...classes],
    ...(first === undefined ? {} : { pod: first.regarding }),
    ...(first?.container === undefined ? {} : { container: first.container.name }),
  };
}

function podSignal(signals: readonly Signal[], known: string | undefined): Signal | undefined {
  const worst = signals.find((signal) => signal.regarding.kind === 'Pod');
  return signals.find((signal) => signal.regarding.uid === known && isAlike(signal, worst)) ?? worst;
}

/** The same failure of two pods. */
function isAlike(signal: Signal, other: Signal | undefined): boolean {
  return (
    signal.class === other?.class &&
    signal.reason === other.reason &&
    signal.container?.name === other.container?.name &&
    signal.container?.exitCode === other.container?.exitCode
  );
}
