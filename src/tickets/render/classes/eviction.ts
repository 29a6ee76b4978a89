import { firstMatch, type Hint, type Row } from './class-text.ts';

/** A pod over its own limit is evicted from a node that lacks nothing. */
const shortages: readonly Row[] = [
  [
    /exceeds the (?:local |total )?limit|exceeded its local ephemeral storage|usage of EmptyDir|ephemeral local storage usage exceeds/i,
    'It used more disk than its own limit: raise the limit, or look for what grows.',
  ],
  [
    /ephemeral-storage|DiskPressure|imagefs|nodefs|inodes/i,
    'The disk of the node was nearly full: look at logs, emptyDir volumes and what the containers write into their own layer, and set requests and limits for ephemeral-storage.',
  ],
  [
    /memory/i,
    'The node was short of memory. Pods that use more than they request go first: compare its use with its request.',
  ],
  [/\bpids?\b/i, 'The node was short of process ids: look for a pod that starts processes without end.'],
  [/Preempting/, 'The node needed its place for a critical pod: look at what the node has room for.'],
];

/** Why a pod was evicted. */
export const evictionHint: Hint = (input) =>
  firstMatch(shortages, {
    words: `${input.words}\n${input.environment.pod?.message ?? ''}`,
    reports: input.reports,
  }) ?? 'The node was short of something. Compare what the pod uses with what it requests.';
