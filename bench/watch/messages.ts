/** What a measured process says about itself when it is done. */
export interface Result {
  /** Resident memory before it began. */
  readonly idleMb: number;
  /** Heap in use before it began, after garbage collection. */
  readonly idleHeapMb: number;
  readonly peakMb: number;
  /** After garbage collection, everything still held. */
  readonly rssMb: number;
  readonly heapMb: number;
  readonly list: Cost;
  readonly update: Cost;
}

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A crash was written by the server, or seen by the subject. `atMs` is of a clock that all processes of the machine share. */
export interface CrashMark {
  readonly kind: 'sent' | 'seen';
  readonly uid: string;
  readonly atMs: number;
}

/** Milliseconds of the machine's monotonic clock. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
