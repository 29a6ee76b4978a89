import * as z from 'zod';

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
