/** One thing that `check` looked at. */
export interface Finding {
  /** The same in every version: for scripts. */
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it; with every outcome but `ok`. */
  readonly remedy?: string;
}

/** All is well. */
export function ok(check: string, detail: string): Finding {
  return { check, outcome: 'ok', detail };
}

/** The agent cannot do its work. */
export function failed(check: string, detail: string, remedy: string): Finding {
  return { check, outcome: 'failed', detail, remedy };
}

/** The agent works, and something is worth a look. */
export function warning(check: string, detail: string, remedy: string): Finding {
  return { check, outcome: 'warning', detail, remedy };
}

/** The words of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
