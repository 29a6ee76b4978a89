import * as z from 'zod';
import { DAY, HOUR, MINUTE, SECOND } from '../domain/clock.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

/** A duration as people write it (`90s`, `10m`, `1h30m` is not one), read as milliseconds. */
export function duration(
  limits: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<number, string> {
  const { min = 0, max = 365 * DAY } = limits;
  const problem = 'write a number and a unit: 500ms, 30s, 10m, 2h or 7d';
  return z
    .string(problem)
    .regex(DURATION, problem)
    .meta({ 'x-duration': { minMs: min, maxMs: max, min: sayMs(min), max: sayMs(max) } })
    .transform((text) => {
      const [, count = '0', unit = 'ms'] = DURATION.exec(text) ?? [];
      return Number(count) * (units[unit] ?? 1);
    })
    .refine((ms) => ms >= min && ms <= max, `must be between ${sayMs(min)} and ${sayMs(max)}`);
}

/** A duration in the largest unit that fits: `90s`, `2h`. */
export function sayMs(ms: number): string {
  if (ms >= DAY && ms % DAY === 0) return `${ms / DAY}d`;
  if (ms >= HOUR && ms % HOUR === 0) return `${ms / HOUR}h`;
  if (ms >= MINUTE && ms % MINUTE === 0) return `${ms / MINUTE}m`;
  return ms % SECOND === 0 ? `${ms / SECOND}s` : `${ms}ms`;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An `https` URL; `http` only to this machine, where no one can listen in between. */
export const httpsUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) context.addIssue({ code: 'custom', message: 'is not a URL: write https://host' });
  else if (url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'must not carry credentials: put the token into tokenFile' });
  } else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    context.addIssue({ code: 'custom', message: 'must begin with https:// (http:// only for localhost)' });
  } else if (url.search !== '' || url.hash !== '') {
    context.addIssue({ code: 'custom', message: 'must not have a query or a fragment: write https://host' });
  }
});

/** A name of a namespace, as Kubernetes allows it. */
export const namespaceName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'is not a namespace name: lower-case letters, digits and "-"; a pattern goes into includeNamespaces or excludeNamespaces',
  );

/** A name of a namespace, or a pattern of names: `*` stands for any characters, `?` for one. */
export const namespacePattern = z
  .string()
  .regex(
    /^[-a-z0-9*?]{1,63}$/,
    'is neither a namespace name nor a pattern: lower-case letters, digits, "-", "*" and "?"',
  );

/** `name` or `prefix/name`: a DNS subdomain, and at most 63 characters (Kubernetes documentation, "Labels and Selectors"). */
const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** A key of a label or an annotation. */
export const labelKey = z.string().regex(KEY, 'is not a key of a label: write name or example.org/name');
const labelValue = z
  .string({ error: 'is not a value of a label: write a string; quote true, false and numbers' })
  .regex(VALUE, 'is not a value of a label: up to 63 letters, digits, "-", "_" and "."');

const expressionSchema = z
  .strictObject({
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
      error: 'must be In, NotIn, Exists or DoesNotExist',
    }),
    values: z.array(labelValue).max(100).optional(),
  })
  .refine(({ operator, values = [] }) => operator.endsWith('In') === values.length > 0, {
    path: ['values'],
    error: 'must name values with In and NotIn, and none with Exists and DoesNotExist',
  });

/** A label selector, written as in Kubernetes objects. */
export const labelSelector = z.strictObject(
  {
    matchLabels: z.record(labelKey, labelValue).optional(),
    matchExpressions: z.array(expressionSchema).max(50).optional(),
  },
  { error: (issue) => selectorProblem(issue) },
);

/** Words where those of the check would not help; undefined leaves the problem to the check. */
function selectorProblem(issue: { readonly code?: string }): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return 'is not a label selector: write matchLabels and matchExpressions, as in Kubernetes';
}
