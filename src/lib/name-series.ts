import type { ObjectRef } from '../domain/failure.ts';

/** Five to ten of the letters and digits that Kubernetes makes up names from; words without vowels are none. */
const RANDOM = /^(?!(?:https?\d?|x?html\d?|grpcs)$)[bcdfghjklmnpqrstvwxz2456789]{5,10}$/;
/** A hash; a counter that goes on with letters; a time. */
const COUNTED = /^(?:(?=.*\d)(?=.*[a-f])[0-9a-f]{6,64}|\d[a-z0-9]{1,2}[a-z]|\d{6,})$/;
/** A revision, a version, a date. */
const NUMBER = /^v?\d+$/;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const ANY = '*';

/**
 * What a name has in common with others of its generator: `db-init-7` is of `db-init-*`, `nightly-x7k2p` of `nightly-*`. Undefined for
 * a name that nothing shows to be generated. A number at the end alone counts only for runs: two databases may be `pg-1` and `pg-2`.
 */
export function seriesOf(name: string, isRun: boolean): string | undefined {
  const parts = name.replaceAll(UUID, ANY).split('-');
  const series = parts.map((part, index) => (index > 0 && isGenerated(part) ? ANY : part));
  if (isRun || series.includes(ANY)) replaceNumbers(series);
  return series.includes(ANY) ? series.join('-') : undefined;
}

/** An owner as its series is one: a Job is a run. */
export function ofSeries(owner: ObjectRef): ObjectRef {
  const series = seriesOf(owner.name, owner.kind === 'Job');
  return series === undefined ? owner : { ...owner, series };
}

function isGenerated(part: string): boolean {
  return RANDOM.test(part) || COUNTED.test(part);
}

/** The numbers at the end; what a name begins with is no number of a series. */
function replaceNumbers(parts: string[]): void {
  for (let index = parts.length - 1; index > 0; index -= 1) {
    const part = parts[index] ?? '';
    if (part !== ANY && !NUMBER.test(part)) return;
    parts[index] = ANY;
  }
}
